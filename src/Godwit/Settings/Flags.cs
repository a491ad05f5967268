namespace Godwit.Settings;

/// <summary>Which command-line flag stands for which setting.</summary>
public static class Flags
{
    private static readonly Dictionary<string, string> ByKey = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Data"] = "--data",
        ["Database"] = "--database",
        ["KeyFile"] = "--key-file",
        ["Pkcs11Module"] = "--pkcs11-module",
        ["Pkcs11Token"] = "--pkcs11-token",
        ["Pkcs11PinFile"] = "--pkcs11-pin-file",
        ["SigningPlatforms"] = "--signing-platform",
        ["Listen"] = "--listen",
        ["ApiPort"] = "--api-port",
        ["MqttPort"] = "--mqtt-port",
        ["HttpsPort"] = "--https-port",
        ["MqttPlainPort"] = "--mqtt-plain-port",
        ["MqttProfile"] = "--mqtt-profile",
        ["MqttSettings"] = "--mqtt-setting",
        ["TlsRecordBytes"] = "--tls-record-bytes",
        ["FaithfulQuotas"] = "--faithful-quotas",
        ["Hosts"] = "--host",
        ["PublicUrl"] = "--public-url",
        ["AccessKeys"] = "--access-key",
        ["Access"] = "--access",
        ["S3"] = "--s3",
        ["DefaultRegion"] = "--region",
        ["OtlpEndpoint"] = "--otlp-endpoint",
        ["TimeoutGraceSeconds"] = "--timeout-grace",
        ["KeepExecutionsDays"] = "--keep-executions-days",
        ["KeepJournalDays"] = "--keep-journal-days",
        ["WebhookTargets"] = "--webhook-target",
        ["OidcAuthority"] = "--oidc-authority",
        ["OidcClientId"] = "--oidc-client-id",
        ["OidcClientSecretFile"] = "--oidc-client-secret-file",
        ["OidcName"] = "--oidc-name",
        ["OidcUserClaim"] = "--oidc-user-claim",
        ["OidcRoleClaim"] = "--oidc-role-claim",
        ["OidcRoles"] = "--oidc-role",
        ["OidcScopes"] = "--oidc-scope",
        ["Metrics"] = "--metrics",
        ["LogLevel"] = "--log-level",
        ["LogFormat"] = "--log-format",
    };

    public static IEnumerable<(string Key, string Flag)> All => ByKey.Select(pair => (pair.Key, pair.Value));

    public static string Of(string key) => ByKey.GetValueOrDefault(key, "no flag");
}
