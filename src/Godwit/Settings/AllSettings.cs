namespace Godwit.Settings;

/// <summary>Every setting there is, the only list of them; a new one is a line here, its default in <c>appsettings.json</c>, and its reading in <see cref="SettingsReader"/>.</summary>
public static class AllSettings
{
    /// <summary>In the order of help and documentation: where things are, ports and names, access, MQTT, operation.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Data", "--data", "DIR", "The folder that holds everything.", "./data"),
        new("Database", "--database", "STRING", "A PostgreSQL (15 or newer) that holds the state, for example \"Host=db;Database=godwit\".", "SQLite in the folder"),
        new("S3", "--s3", "URL", "An S3-compatible store for the bytes of objects: https://ID:SECRET@host/bucket[/prefix][?region=NAME].", "the folder"),
        new("KeyFile", "--key-file", "FILE", "A file outside the data folder with the key that seals all private keys. Made if absent.", "keys/seal.key in the folder"),
        new("Pkcs11Module", "--pkcs11-module", "FILE", "The PKCS #11 module of a token that holds signing keys, for example /usr/lib/softhsm/libsofthsm2.so.", "none"),
        new("Pkcs11Token", "--pkcs11-token", "LABEL", "The token's label.", "none"),
        new("Pkcs11PinFile", "--pkcs11-pin-file", "FILE", "The file with the PIN of the token's user.", "none"),
        new("Pkcs11Pin", null, "PIN", "The PIN itself, in place of the file.", "none"),
        new("Pkcs11Account", null, "ACCOUNT", "The account, twelve digits, whose certificates may have keys in the token.", "the default account"),
        new("Listen", "--listen", "ADDRESS", "The address to listen on.", "127.0.0.1"),
        new("ApiPort", "--api-port", "PORT", "Every AWS API, the presigned downloads and the console; 0 takes a free port.", "4566"),
        new("MqttPort", "--mqtt-port", "PORT", "MQTT over mutual TLS; 0 takes a free port.", "8883"),
        new("HttpsPort", "--https-port", "PORT", "What AWS has on port 443: MQTT by ALPN or WebSocket, and the HTTPS data planes with client certificates; 0 takes a free port.", "8443"),
        new("Hosts", "--host", "NAME", "A further name in the server certificate.", "localhost, this machine's name and addresses") { Repeats = true },
        new("PublicUrl", "--public-url", "URL", "The base of presigned downloads where it differs from the API port.", "the first host and the API port"),
        new("AccessKeys", "--access-key", "ID:SECRET[:ACCOUNT]", "An access key to accept, besides those that are kept.", "none") { Repeats = true },
        new("Access", "--access", "enforced|permissive", "enforced: users, sessions and roles may what their policies allow; permissive: everybody everything, for desk work.", "enforced"),
        new("DefaultAccount", null, "ACCOUNT", "The account, twelve digits, of keys that name none and of the console's users.", "000000000000"),
        new("DefaultRegion", "--region", "REGION", "The region where no signature names one.", "us-east-1"),
        new("SigningPlatforms", "--signing-platform", "NAME:ALGORITHM:HASH", "A signing platform besides Signer's own, for example Acme-P384:ECDSA:SHA384.", "none") { Repeats = true },
        new("MqttPlainPort", "--mqtt-plain-port", "PORT", "Plain, anonymous MQTT on loopback, for desk tests only.", "off"),
        new("MqttProfile", "--mqtt-profile", "aws|standard", "How MQTT behaves where AWS departs from the OASIS standard: docs/mqtt.md.", "aws"),
        new("MqttSettings", "--mqtt-setting", "NAME=VALUE", "One of those departures by itself.", "none") { Repeats = true },
        new("MqttAnswersRefusedConnect", null, "true|false", "An MQTT 3.1.1 CONNECT that is refused is answered with return code 5; AWS closes without an answer.", "false"),
        new("MqttDisconnectsDeniedSubscribe", null, "true|false", "A SUBSCRIBE that no policy allows ends the connection, as in AWS's first years, instead of a failure in SUBACK.", "false"),
        new("TlsKey", "--tls-key", "ecdsa|rsa|rsa-3072", "The keys of the CA and the server certificate; rsa for devices whose TLS knows no ECDSA (docs/mqtt.md).", "ecdsa"),
        new("TlsRecordBytes", "--tls-record-bytes", "BYTES", "Plaintext in one TLS record of MQTT, 512 to 16384; the default is a 4 KiB block with its head.", "4352"),
        new("FaithfulQuotas", "--faithful-quotas", "true|false", "AWS's limits for each MQTT connection (publishes, bytes, blocks of streams, CONNECTs, replay), for device requests to jobs, and of 1,000 jobs that roll out at once.", "false") { IsSwitch = true },
        new("TimeoutGraceSeconds", "--timeout-grace", "SECONDS", "How long devices have to connect and report before a timer lapses that did so while the service was away.", "120"),
        new("KeepExecutionsDays", "--keep-executions-days", "DAYS", "How long ended executions are kept, of jobs that are over.", "for ever"),
        new("KeepJournalDays", "--keep-journal-days", "DAYS", "How long the journal is kept.", "for ever"),
        new("WebhookTargets", "--webhook-target", "HOST|NETWORK", "A target that webhooks may have although it is not public.", "none") { Repeats = true },
        new("OidcAuthority", "--oidc-authority", "URL", "The issuer by which people sign in to the console (OpenID Connect), beside local users.", "none"),
        new("OidcClientId", "--oidc-client-id", "ID", "What the provider calls this service.", "none"),
        new("OidcClientSecretFile", "--oidc-client-secret-file", "FILE", "A file with the client's secret.", "a public client, guarded by PKCE"),
        new("OidcName", "--oidc-name", "NAME", "What the button says: Sign in with NAME.", "the provider's host"),
        new("OidcUserClaim", "--oidc-user-claim", "CLAIM", "The claim that names the user.", "preferred_username, email or sub, whichever comes first"),
        new("OidcRoleClaim", "--oidc-role-claim", "CLAIM", "The claim that --oidc-role looks at.", "groups"),
        new("OidcRoles", "--oidc-role", "VALUE=ROLE", "Whoever has this value of the claim is viewer, operator, approver or admin; * is everybody, and the highest counts.", "none") { Repeats = true },
        new("OidcScopes", "--oidc-scope", "SCOPE", "Asked for besides openid.", "profile and email") { Repeats = true },
        new("Metrics", "--metrics", "off|loopback|all", "Who may read /metrics on the API port.", "loopback"),
        new("OtlpEndpoint", "--otlp-endpoint", "URL", "Where traces and metrics go by OTLP, for example http://collector:4318.", "nowhere"),
        new("LogLevel", "--log-level", "LEVEL", "Trace, Debug, Information, Warning, Error, Critical or None.", "Information"),
        new("LogFormat", "--log-format", "text|json|auto", "text, json, or auto: text on a terminal, JSON elsewhere.", "auto"),
    ];

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key);

    /// <summary>The flag of a setting, for messages.</summary>
    public static string FlagOf(string key) => Find(key)?.Flag ?? "no flag";
}
