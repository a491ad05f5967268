using System.CommandLine;
using Godwit.Settings;

namespace Godwit.Verbs;

/// <summary>The flags of <c>serve</c>; each stands for one setting, and settings are checked together, not flag by flag.</summary>
public sealed class ServeOptions
{
    private readonly Dictionary<string, Option<string[]>> _byKey = new()
    {
        ["Data"] = Flag("Data", "DIR", "The folder that holds everything. Default: ./data."),
        ["Database"] = Flag("Database", "STRING", "A PostgreSQL (15 or newer) that holds the state, for example \"Host=db;Database=godwit\". Default: SQLite in the folder."),
        ["ApiPort"] = Flag("ApiPort", "PORT", "Every AWS API and the presigned downloads; 0 takes a free port. Default: 4566."),
        ["MqttPort"] = Flag("MqttPort", "PORT", "MQTT over mutual TLS; 0 takes a free port. Default: 8883."),
        ["HttpsPort"] = Flag("HttpsPort", "PORT", "The HTTPS jobs data plane with client certificates; 0 takes a free port. Default: 8443."),
        ["Listen"] = Flag("Listen", "ADDRESS", "The address to listen on. Default: 127.0.0.1."),
        ["AccessKeys"] = Flag("AccessKeys", "ID:SECRET[:ACCOUNT]", "An access key to accept; may be repeated."),
        ["S3"] = Flag("S3", "URL", "An S3-compatible store for the bytes of objects: https://ID:SECRET@host/bucket[/prefix][?region=NAME]. Default: the folder."),
        ["Access"] = Flag("Access", "MODE", "enforced: users, sessions and roles may what their policies allow; permissive: everybody everything, for desk work. Default: enforced."),
        ["Hosts"] = Flag("Hosts", "NAME", "A further name in the server certificate; may be repeated."),
        ["PublicUrl"] = Flag("PublicUrl", "URL", "The base of presigned downloads where it differs from the API port."),
        ["KeyFile"] = Flag("KeyFile", "FILE", "A file outside the data folder with the key that seals all private keys. Made if absent. Default: keys/seal.key in the folder."),
        ["Pkcs11Module"] = Flag("Pkcs11Module", "FILE", "The PKCS #11 module of a token that holds signing keys, for example /usr/lib/softhsm/libsofthsm2.so. Default: none."),
        ["Pkcs11Token"] = Flag("Pkcs11Token", "LABEL", "The token's label."),
        ["Pkcs11PinFile"] = Flag("Pkcs11PinFile", "FILE", "The file with the PIN of the token's user; GODWIT__PKCS11PIN may hold the PIN itself."),
        ["SigningPlatforms"] = Flag("SigningPlatforms", "NAME:ALGORITHM:HASH", "A signing platform besides Signer's own, for example Acme-P384:ECDSA:SHA384; may be repeated."),
        ["MqttPlainPort"] = Flag("MqttPlainPort", "PORT", "Plain, anonymous MQTT on loopback, for desk tests only. Off unless named."),
        ["MqttProfile"] = Flag("MqttProfile", "aws|standard", "How MQTT behaves where AWS departs from the OASIS standard. Default: aws. See docs/mqtt.md."),
        ["MqttSettings"] = Flag("MqttSettings", "NAME=VALUE", "One of those departures by itself; may be repeated."),
        ["TlsRecordBytes"] = Flag("TlsRecordBytes", "BYTES", "Plaintext in one TLS record of MQTT, 512 to 16384. Default: 4352, a 4 KiB block with its head."),
        ["FaithfulQuotas"] = Switch("FaithfulQuotas", "AWS's limits for each MQTT connection (publishes, bytes, CONNECTs, replay), for device requests to jobs, and of 1,000 jobs that roll out at once. Off unless given."),
        ["DefaultRegion"] = Flag("DefaultRegion", "REGION", "The region where no signature names one. Default: us-east-1."),
        ["OtlpEndpoint"] = Flag("OtlpEndpoint", "URL", "Where traces and metrics go by OTLP, for example http://collector:4318. Default: nowhere."),
        ["TimeoutGraceSeconds"] = Flag("TimeoutGraceSeconds", "SECONDS", "How long devices have to connect and report before a timer lapses that did so while the service was away. Default: 120."),
        ["KeepExecutionsDays"] = Flag("KeepExecutionsDays", "DAYS", "How long ended executions are kept, of jobs that are over. Default: for ever."),
        ["KeepJournalDays"] = Flag("KeepJournalDays", "DAYS", "How long the journal is kept. Default: for ever."),
        ["WebhookTargets"] = Flag("WebhookTargets", "HOST|NETWORK", "A target that webhooks may have although it is not public; may be repeated."),
        ["OidcAuthority"] = Flag("OidcAuthority", "URL", "The issuer by which people sign in to the console (OpenID Connect), beside local users. Default: none."),
        ["OidcClientId"] = Flag("OidcClientId", "ID", "What the provider calls this service."),
        ["OidcClientSecretFile"] = Flag("OidcClientSecretFile", "FILE", "A file with the client's secret. Default: a public client, guarded by PKCE."),
        ["OidcName"] = Flag("OidcName", "NAME", "What the button says: Sign in with NAME. Default: the provider's host."),
        ["OidcUserClaim"] = Flag("OidcUserClaim", "CLAIM", "The claim that names the user. Default: preferred_username, email or sub, whichever comes first."),
        ["OidcRoleClaim"] = Flag("OidcRoleClaim", "CLAIM", "The claim that --oidc-role looks at. Default: groups."),
        ["OidcRoles"] = Flag("OidcRoles", "VALUE=ROLE", "Whoever has this value of the claim is viewer, operator, approver or admin; * is everybody. May be repeated; the highest counts."),
        ["OidcScopes"] = Flag("OidcScopes", "SCOPE", "Asked for besides openid; may be repeated. Default: profile and email."),
        ["Metrics"] = Flag("Metrics", "WHO", "Who may read /metrics on the API port: off, loopback or all. Default: loopback."),
        ["LogLevel"] = Flag("LogLevel", "LEVEL", "Trace, Debug, Information, Warning, Error, Critical or None. Default: Information."),
        ["LogFormat"] = Flag("LogFormat", "FORMAT", "text, json, or auto: text on a terminal, JSON elsewhere. Default: auto."),
    };

    public void AddTo(Command command)
    {
        foreach (var option in _byKey.Values)
            command.Options.Add(option);
    }

    /// <summary>The settings that were given as flags; a setting with several values is numbered.</summary>
    public IReadOnlyDictionary<string, string?> Values(ParseResult parsed)
    {
        var values = new Dictionary<string, string?>();
        foreach (var (key, option) in _byKey)
        {
            var given = parsed.GetValue(option) ?? [];
            if (given.Length == 0 && option.Arity.MinimumNumberOfValues == 0 && parsed.GetResult(option) is { Implicit: false })
                values[key] = "true";
            else if (key is "AccessKeys" or "Hosts" or "SigningPlatforms" or "MqttSettings" or "WebhookTargets" or "OidcRoles" or "OidcScopes")
                for (var i = 0; i < given.Length; i++)
                    values[$"{key}:{i}"] = given[i];
            else if (given.Length > 0)
                values[key] = given[^1];
        }
        return values;
    }

    /// <summary>On if it is given, with true or false if that is said.</summary>
    private static Option<string[]> Switch(string key, string description) =>
        new(Flags.Of(key)) { HelpName = "true|false", Description = description, Arity = ArgumentArity.ZeroOrOne };

    private static Option<string[]> Flag(string key, string value, string description) =>
        new(Flags.Of(key)) { HelpName = value, Description = description, AllowMultipleArgumentsPerToken = false };
}
