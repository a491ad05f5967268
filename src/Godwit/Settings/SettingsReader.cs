using System.Net;
using System.Text.RegularExpressions;
using Godwit.Core.Jobs;
using Godwit.Core.Signing;
using Godwit.Mqtt;
using Godwit.Server;
using Godwit.Server.Acm.Tokens;
using Godwit.Server.Access.Users;
using Godwit.Server.Iam;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Metrics;
using Godwit.Server.Storage;
using Godwit.Server.Tls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Godwit.Settings;

/// <summary>
/// Turns configuration (defaults, <c>appsettings.json</c> of the data folder, <c>GODWIT__…</c>, flags; the later wins) into options.
/// All mistakes are gathered, each by the name under which it was given.
/// </summary>
public sealed partial class SettingsReader(IConfiguration configuration)
{
    public const string Section = "Godwit";

    private readonly List<string> _mistakes = [];

    /// <summary>What is wrong; empty where the service can start.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    public LogLevel LogLevel { get; private set; }

    /// <summary><c>text</c>, <c>json</c>, or <c>auto</c>: text on a terminal, JSON elsewhere.</summary>
    public string LogFormat { get; private set; } = "auto";

    public ServerOptions Read()
    {
        foreach (var key in configuration.GetSection(Section).GetChildren().Select(c => c.Key).Where(key => AllSettings.Find(key) is null))
            Mistake(key, "there is no such setting", $"use one of {string.Join(", ", AllSettings.All.Select(setting => setting.Key))}");

        LogLevel = Enum.TryParse<LogLevel>(Text("LogLevel"), ignoreCase: true, out var level) && Enum.IsDefined(level)
            ? level
            : Mistake("LogLevel", $"'{Text("LogLevel")}' is no level", $"use one of {string.Join(", ", Enum.GetNames<LogLevel>())}", LogLevel.Information);
        LogFormat = Text("LogFormat") is "auto" or "text" or "json" ? Text("LogFormat")! : Mistake("LogFormat", $"'{Text("LogFormat")}' is no format", "use auto, text or json", "auto");

        var account = Account("DefaultAccount", Text("DefaultAccount") ?? "");
        return new ServerOptions
        {
            DataDirectory = Text("Data") ?? Mistake("Data", "no folder is named", "give --data DIR", "."),
            Database = Database(),
            KeyFile = Text("KeyFile"),
            Pkcs11 = Pkcs11(account),
            SigningPlatforms = SigningPlatforms(),
            Listen = Address(),
            ApiPort = Port("ApiPort") ?? 4566,
            MqttPort = Port("MqttPort") ?? 8883,
            HttpsPort = Port("HttpsPort") ?? 8443,
            MqttPlainPort = Port("MqttPlainPort"),
            MqttProfile = Profile(),
            FaithfulQuotas = Switch("FaithfulQuotas"),
            TlsKey = TlsKeys.Read(Text("TlsKey") ?? "ecdsa") ?? Mistake("TlsKey", $"'{Text("TlsKey")}' is no kind of key", "use ecdsa, rsa or rsa-3072", TlsKey.Ecdsa),
            TlsRecordBytes = RecordBytes(),
            MqttAnswersRefusedConnect = Switch("MqttAnswersRefusedConnect"),
            MqttDisconnectsDeniedSubscribe = Switch("MqttDisconnectsDeniedSubscribe"),
            Hosts = [.. List("Hosts").Where(IsHost)],
            PublicUrl = PublicUrl(),
            Metrics = Enum.TryParse<MetricsAccess>(Text("Metrics"), ignoreCase: true, out var access) && Enum.IsDefined(access)
                ? access
                : Mistake("Metrics", $"'{Text("Metrics")}' names nobody", "use off, loopback or all", MetricsAccess.Loopback),
            WebhookTargets = List("WebhookTargets"),
            Oidc = Oidc(),
            OtlpEndpoint = Otlp(),
            TimeoutGrace = Grace("TimeoutGraceSeconds"),
            KeepExecutionsDays = Days("KeepExecutionsDays"),
            KeepJournalDays = Days("KeepJournalDays"),
            AccessKeys = [.. List("AccessKeys").Select(text => AccessKey(text, account)).OfType<PresetAccessKey>()],
            Access = Access(),
            S3 = OutsideS3(),
            DefaultAccount = account,
            DefaultRegion = Text("DefaultRegion") is { } region && RegionName().IsMatch(region)
                ? region
                : Mistake("DefaultRegion", $"'{Text("DefaultRegion")}' is no region name", "use a name such as us-east-1", "us-east-1"),
        };
    }

    private string? Text(string key) => configuration[$"{Section}:{key}"] is { Length: > 0 } text ? text : null;

    /// <summary>A list is given as an array, or as one value with commas, as environment variables are.</summary>
    private List<string> List(string key)
    {
        var section = configuration.GetSection($"{Section}:{key}");
        var values = section.GetChildren().Select(child => child.Value ?? "").ToList();
        if (section.Value is { Length: > 0 } joined)
            values.AddRange(joined.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        return values;
    }

    private int? Port(string key)
    {
        if (Text(key) is not { } text)
            return null;
        return int.TryParse(text, out var port) && port is >= 0 and <= 65535
            ? port
            : Mistake<int?>(key, $"'{text}' is no port", "use a number from 0 to 65535, where 0 takes a free port", 0);
    }

    private int? Days(string key)
    {
        if (Text(key) is not { } text)
            return null;
        return int.TryParse(text, out var days) && days is >= 1 and <= 36500
            ? days
            : Mistake<int?>(key, $"'{text}' is no number of days", "use a number from 1 to 36500, or leave it out to keep all", null);
    }

    private TimeSpan Grace(string key)
    {
        if (Text(key) is not { } text)
            return OutageGrace.Default;
        return int.TryParse(text, out var seconds) && seconds >= 0 && seconds <= OutageGrace.Max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : Mistake(key, $"'{text}' is no number of seconds", $"use a number from 0, for none, to {OutageGrace.Max.TotalSeconds:F0}", OutageGrace.Default);
    }

    private string? Otlp()
    {
        if (Text("OtlpEndpoint") is not { } text)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? text
            : Mistake<string?>("OtlpEndpoint", $"'{text}' is no endpoint", "use http(s)://host:4318, or port 4317 for gRPC", null);
    }

    private OidcSettings? Oidc()
    {
        if (Text("OidcAuthority") is not { } text)
            return OidcStray();
        if (!Uri.TryCreate(text, UriKind.Absolute, out var authority) || !(authority.Scheme == "https" || (authority.Scheme == "http" && authority.IsLoopback)) || authority.Query.Length > 0)
            return Mistake<OidcSettings?>("OidcAuthority", $"'{text}' is no issuer", "use https://host[/path] without a query; http only on this machine", null);
        if (Text("OidcClientId") is not { } client)
            return Mistake<OidcSettings?>("OidcClientId", "a provider is named and no client", "give the id that the provider gave to this service", null);
        var roles = List("OidcRoles").Select(OidcRoleOf).OfType<OidcRole>().ToList();
        if (roles.Count == 0)
            Mistake("OidcRoles", "nobody whom the provider signs in would have a role", "give for example --oidc-role fleet-admins=admin --oidc-role \"*=viewer\"");
        var secret = Text("OidcClientSecretFile");
        if (secret is not null && !File.Exists(secret))
            Mistake("OidcClientSecretFile", $"there is no file {secret}", "write the client's secret into it, readable for the service alone");
        return new OidcSettings
        {
            Authority = text, ClientId = client, ClientSecretFile = secret, Name = Text("OidcName") ?? authority.Host,
            UserClaim = Text("OidcUserClaim"), RoleClaim = Text("OidcRoleClaim") ?? "groups", Roles = roles, Scopes = List("OidcScopes") is { Count: > 0 } scopes ? scopes : ["profile", "email"],
        };
    }

    /// <summary>Settings of a provider that none is named for would be without effect.</summary>
    private OidcSettings? OidcStray() => Text("OidcClientId") is null && List("OidcRoles").Count == 0 ? null
        : Mistake<OidcSettings?>("OidcAuthority", "a client or roles are given and no provider", "name its issuer, for example https://login.example/realms/work", null);

    private OidcRole? OidcRoleOf(string text)
    {
        var equals = text.LastIndexOf('=');
        return equals > 0 && UserRoles.Parse(text[(equals + 1)..]) is { } role
            ? new OidcRole(text[..equals], role)
            : Mistake<OidcRole?>("OidcRoles", $"'{text}' is no mapping", "write VALUE=viewer, VALUE=operator, VALUE=approver or VALUE=admin", null);
    }

    private bool Switch(string key)
    {
        if (Text(key) is not { } text)
            return false;
        return bool.TryParse(text, out var on) ? on : Mistake(key, $"'{text}' is neither on nor off", "use true or false", false);
    }

    private MqttProfile Profile()
    {
        var profile = Text("MqttProfile") switch
        {
            null or "aws" => MqttProfile.Aws,
            "standard" => MqttProfile.Standard,
            var other => Mistake("MqttProfile", $"'{other}' is no profile", "use aws or standard", MqttProfile.Aws),
        };
        foreach (var text in List("MqttSettings"))
        {
            if (MqttProfileSettings.Apply(profile, text, out var mistake) is { } changed)
                profile = changed;
            else
                Mistake("MqttSettings", mistake!, "docs/mqtt.md lists them");
        }
        return profile;
    }

    private int RecordBytes() => Text("TlsRecordBytes") is not { } text ? 4352
        : int.TryParse(text, out var bytes) && bytes is >= 512 and <= 16384 ? bytes
        : Mistake("TlsRecordBytes", $"'{text}' is no size of a record", "use a number from 512 to 16384", 4352);

    private string? Database()
    {
        if (Text("Database") is not { } text)
            return null;
        // The string may hold a password, so it is not repeated here.
        return Postgres.Mistake(text) is not { } cause ? text
            : Mistake<string?>("Database", $"this is no connection string of PostgreSQL ({cause})", "give for example \"Host=db;Database=godwit;Username=godwit;Password=…\", or leave it out for SQLite", null);
    }

    private Pkcs11Options? Pkcs11(string defaultAccount)
    {
        if (Text("Pkcs11Module") is not { } module)
        {
            if (Text("Pkcs11Token") is not null || Text("Pkcs11PinFile") is not null)
                Mistake("Pkcs11Module", "a token is named and no module that reaches it", "give the module's shared library, for example /usr/lib/softhsm/libsofthsm2.so");
            return null;
        }
        if (OperatingSystem.IsWindows())
            Mistake("Pkcs11Module", "PKCS #11 modules are used on Linux and macOS only", "run the service there, or import keys instead");
        else if (!File.Exists(module))
            Mistake("Pkcs11Module", $"there is no file {module}", "give the module's shared library, for example /usr/lib/softhsm/libsofthsm2.so");
        if (Text("Pkcs11PinFile") is not null && Text("Pkcs11Pin") is not null)
            Mistake("Pkcs11PinFile", "a PIN is given and a file with it, too", "give one of them");
        return new Pkcs11Options
        {
            Module = module,
            Token = Text("Pkcs11Token") ?? Mistake("Pkcs11Token", "a module is named and no token", "give the token's label", ""),
            PinFile = Text("Pkcs11PinFile"),
            Pin = Text("Pkcs11Pin"),
            Account = Text("Pkcs11Account") is { } own ? Account("Pkcs11Account", own) : defaultAccount,
        };
    }

    private List<SigningPlatform> SigningPlatforms()
    {
        var platforms = new List<SigningPlatform>();
        foreach (var text in List("SigningPlatforms"))
        {
            if (Core.Signing.SigningPlatforms.Read(text) is { } platform && platforms.All(other => other.PlatformId != platform.PlatformId))
                platforms.Add(platform);
            else
                Mistake("SigningPlatforms", $"'{text}' is no platform, or has the name of another", $"write {Core.Signing.SigningPlatforms.Form}, for example Acme-P384:ECDSA:SHA384");
        }
        return platforms;
    }

    private string Address() =>
        Text("Listen") is { } text && IPAddress.TryParse(text, out _)
            ? text
            : Mistake("Listen", $"'{Text("Listen")}' is no IP address", "use 127.0.0.1, 0.0.0.0 or an address of this machine", "127.0.0.1");

    private bool IsHost(string name)
    {
        if (Uri.CheckHostName(name) != UriHostNameType.Unknown)
            return true;
        Mistake("Hosts", $"'{name}' is no host name", "use a DNS name or an IP address without port or scheme");
        return false;
    }

    private string? PublicUrl()
    {
        if (Text("PublicUrl") is not { } text)
            return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0
            ? text.TrimEnd('/')
            : Mistake<string?>("PublicUrl", $"'{text}' is no base of downloads", "use http(s)://host[:port] without a query", null);
    }

    private string? OutsideS3()
    {
        if (Text("S3") is not { } text)
            return null;
        // The address holds a secret, so it is not repeated here.
        return OutsideStoreAddress.TryParse(text, out _) ? text
            : Mistake<string?>("S3", "this is no address of a bucket", $"give {OutsideStoreAddress.Form} (percent-encode the secret), or leave it out for the data folder", null);
    }

    private AccessMode Access()
    {
        if (Text("Access") is not { } text)
            return AccessMode.Enforced;
        return text switch
        {
            "enforced" => AccessMode.Enforced,
            "permissive" => AccessMode.Permissive,
            _ => Mistake("Access", $"'{text}' is no mode", "use enforced, or permissive for desk work", AccessMode.Enforced),
        };
    }

    private PresetAccessKey? AccessKey(string text, string defaultAccount)
    {
        var parts = text.Split(':');
        if (parts is [{ Length: > 0 } id, { Length: > 0 } secret, ..] && parts.Length <= 3)
            return new PresetAccessKey(id, secret, parts.Length == 3 ? Account("AccessKeys", parts[2]) : defaultAccount);
        // The value may hold a secret, so it is not repeated here.
        Mistake("AccessKeys", "a key is not of the form ID:SECRET[:ACCOUNT]", "give for example --access-key test:test:000000000000");
        return null;
    }

    private string Account(string key, string text) =>
        AccountId().IsMatch(text) ? text : Mistake(key, $"'{text}' is no account", "use twelve digits, for example 000000000000", "000000000000");

    private void Mistake(string key, string cause, string remedy) => _mistakes.Add($"{NameOf(key)}: {cause}; {remedy}.");

    private T Mistake<T>(string key, string cause, string remedy, T goOnWith)
    {
        Mistake(key, cause, remedy);
        return goOnWith;
    }

    private static string NameOf(string key) => $"{Section}:{key} (GODWIT__{key.ToUpperInvariant()}, {AllSettings.FlagOf(key)})";

    [GeneratedRegex("^[0-9]{12}$")]
    private static partial Regex AccountId();

    [GeneratedRegex("^[a-z]{2}(-[a-z]+)+-[0-9]+$")]
    private static partial Regex RegionName();
}
