using Godwit.Core.Jobs;
using Godwit.Core.Signing;
using Godwit.Mqtt;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Access.Users;
using Godwit.Server.Http;
using Godwit.Server.Iam;
using Godwit.Server.Metrics;
using Godwit.Server.Tls;

namespace Godwit.Server;

/// <summary>All that the service is told at start. Every key has its default in <c>appsettings.json</c>.</summary>
public sealed record ServerOptions
{
    /// <summary>The folder that holds everything: database, objects, keys, certificates.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The connection string of a PostgreSQL database that holds the state in place of SQLite, for example <c>Host=db;Database=godwit</c>.</summary>
    public string? Database { get; init; }

    /// <summary>A file outside the data folder with the key that seals all other keys; without it, that key lies in the folder beside the database.</summary>
    public string? KeyFile { get; init; }

    /// <summary>A PKCS #11 token that holds keys of certificates; null for none.</summary>
    public Pkcs11Options? Pkcs11 { get; init; }

    /// <summary>Signing platforms besides Signer's own, each in the form that <see cref="Core.Signing.SigningPlatforms.Read"/> reads.</summary>
    public IReadOnlyList<SigningPlatform> SigningPlatforms { get; init; } = [];

    /// <summary>The address to listen on; loopback unless told otherwise.</summary>
    public string Listen { get; init; } = "127.0.0.1";

    /// <summary>Every AWS API and the presigned downloads; 0 takes a free port.</summary>
    public int ApiPort { get; init; } = 4566;

    /// <summary>How long HTTP peers may take over what they say.</summary>
    public HttpPatience HttpPatience { get; init; } = new();

    /// <summary>MQTT over mutual TLS; 0 takes a free port.</summary>
    public int MqttPort { get; init; } = 8883;

    /// <summary>The HTTPS jobs data plane with client certificates; 0 takes a free port.</summary>
    public int HttpsPort { get; init; } = 8443;

    /// <summary>Plain, anonymous MQTT on loopback for desk tests; off unless named.</summary>
    public int? MqttPlainPort { get; init; }

    /// <summary>What MQTT clients see where brokers differ: AWS's ways, the OASIS standard's, or a mixture by single settings.</summary>
    public MqttProfile MqttProfile { get; init; } = MqttProfile.Aws;

    /// <summary>AWS's limits by time for each connection and for jobs. Without it only what protects the service is limited.</summary>
    public bool FaithfulQuotas { get; init; }

    /// <summary>The keys of the CA and of the server certificate.</summary>
    public TlsKey TlsKey { get; init; }

    /// <summary>Plaintext in one TLS record of MQTT on its own port. More is faster for devices that can take it; small stacks cannot.</summary>
    public int TlsRecordBytes { get; init; } = 4352;

    /// <summary>AWS: a WebSocket that a signature opened ends after a day (WEBSOCKET_TTL_EXPIRATION).</summary>
    public TimeSpan SignedWebSocketLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>An MQTT 3.1.1 CONNECT that is refused is answered with return code 5. AWS closes without an answer.</summary>
    public bool MqttAnswersRefusedConnect { get; init; }

    /// <summary>A denied SUBSCRIBE ends the connection, as AWS did in its first years. Otherwise SUBACK carries the failure.</summary>
    public bool MqttDisconnectsDeniedSubscribe { get; init; }

    /// <summary>Further names in the server certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The base of presigned downloads where it differs from the API port, for example <c>https://files.example</c>.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Where traces and metrics go by OTLP, for example <c>http://collector:4318</c>; null for nowhere.</summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary>How long devices have to connect and report before a timer lapses that did so while the service was away; zero for no such time.</summary>
    public TimeSpan TimeoutGrace { get; init; } = OutageGrace.Default;

    /// <summary>How long executions that have ended are kept, of jobs that are over; null for ever.</summary>
    public int? KeepExecutionsDays { get; init; }

    /// <summary>How long records of the journal are kept; null for ever.</summary>
    public int? KeepJournalDays { get; init; }

    /// <summary>Hosts, addresses and networks that webhooks may go to although they are not public, for example <c>hooks.internal</c> or <c>10.1.0.0/16</c>.</summary>
    public IReadOnlyList<string> WebhookTargets { get; init; } = [];

    /// <summary>The provider by which people sign in to the console, beside local users; null for none.</summary>
    public OidcSettings? Oidc { get; init; }

    /// <summary>Who may read <c>/metrics</c> on the API port.</summary>
    public MetricsAccess Metrics { get; init; } = MetricsAccess.Loopback;

    /// <summary>Access keys given at start, besides the one made at first start.</summary>
    public IReadOnlyList<PresetAccessKey> AccessKeys { get; init; } = [];

    /// <summary>An outside store for the bytes of objects, in the form of <see cref="Objects.Bytes.OutsideStoreAddress"/>; otherwise they lie in the data folder.</summary>
    public string? S3 { get; init; }

    /// <summary>Whether permissions are asked for.</summary>
    public AccessMode Access { get; init; }

    /// <summary>The account of keys that name none.</summary>
    public string DefaultAccount { get; init; } = "000000000000";

    /// <summary>The region where no signature names one.</summary>
    public string DefaultRegion { get; init; } = "us-east-1";
}

/// <summary>An access key given as <c>ID:SECRET[:ACCOUNT]</c>.</summary>
public sealed record PresetAccessKey(string Id, string Secret, string Account);
