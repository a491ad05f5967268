using Godwit.Core;

namespace Godwit.Server.Jobs.Templates;

/// <summary>A parameter that a managed template's document asks for.</summary>
public sealed record DocumentParameter(string Key, string Description, string Regex, string Example, bool Optional);

/// <summary>A template that the service brings along: a document of one step for the AWS IoT Device Client and its like.</summary>
internal sealed record ManagedJobTemplate(string Name, string Description, string Document, IReadOnlyList<DocumentParameter> Parameters)
{
    public const string Version = "1.0";

    public string ArnIn(string region) => new Arn("aws", "iot", region, "", $"jobtemplate/{Name}:{Version}").ToString();
}

/// <summary>AWS: Jobs > Managed templates: names, parameters and steps; the descriptions are ours.</summary>
internal static class ManagedJobTemplates
{
    public static IReadOnlyList<string> Environments { get; } = ["LINUX"];

    private static readonly DocumentParameter Path = new(
        "pathToHandler", "The folder of the handler's script, where it is not the default one.", "^.+$", "/etc/aws-iot-device-client/jobs", Optional: true);

    private static readonly DocumentParameter User = new("runAsUser", "The user under whom the handler runs.", "^.+$", "user1", Optional: true);

    public static IReadOnlyList<ManagedJobTemplate> All { get; } =
    [
        Of("AWS-Download-File", "Downloads a file to the device.", "Download-File", "download-file.sh",
            Required("downloadUrl", "The URL of the file.", "https://example.com/file"), Required("filePath", "Where the file is put.", "/tmp/file")),
        Of("AWS-Install-Application", "Installs packages.", "Install-Application", "install-packages.sh", Required("packages", "Packages, apart by spaces.", "nginx curl")),
        Of("AWS-Reboot", "Reboots the device.", "Reboot", "reboot.sh"),
        Of("AWS-Remove-Application", "Removes packages.", "Remove-Application", "remove-packages.sh", Required("packages", "Packages, apart by spaces.", "nginx curl")),
        Of("AWS-Restart-Application", "Restarts services.", "Restart-Application", "restart-services.sh", Required("services", "Services, apart by spaces.", "nginx")),
        Of("AWS-Start-Application", "Starts services.", "Start-Application", "start-services.sh", Required("services", "Services, apart by spaces.", "nginx")),
        Of("AWS-Stop-Application", "Stops services.", "Stop-Application", "stop-services.sh", Required("services", "Services, apart by spaces.", "nginx")),
    ];

    /// <summary>By name; the version is the only one there is, or is left out.</summary>
    public static ManagedJobTemplate? Find(string name, string? version = null) =>
        version is null or ManagedJobTemplate.Version ? All.FirstOrDefault(template => template.Name == name) : null;

    /// <summary>By an ARN such as <c>arn:aws:iot:us-east-1::jobtemplate/AWS-Reboot:1.0</c>.</summary>
    public static ManagedJobTemplate? Find(Arn arn) => arn is { Account: "", ResourceType: "jobtemplate" } && arn.ResourceName.Split(':', 2) is var parts
        ? Find(parts[0], parts.Length > 1 ? parts[1] : null)
        : null;

    private static DocumentParameter Required(string key, string description, string example) => new(key, description, "^.+$", example, Optional: false);

    private static ManagedJobTemplate Of(string name, string description, string action, string handler, params DocumentParameter[] parameters)
    {
        var args = parameters.Length == 0 ? "" : $",\"args\":[{string.Join(',', parameters.Select(parameter => $"\"{Placeholder(parameter)}\""))}]";
        var input = $"\"handler\":\"{handler}\"{args},\"path\":\"{Placeholder(Path)}\"";
        var step = $"{{\"action\":{{\"name\":\"{action}\",\"type\":\"runHandler\",\"input\":{{{input}}},\"runAsUser\":\"{Placeholder(User)}\"}}}}";
        var document = $"{{\"version\":\"{ManagedJobTemplate.Version}\",\"steps\":[{step}]}}";
        return new ManagedJobTemplate(name, description, document, [.. parameters, User, Path]);
    }

    private static string Placeholder(DocumentParameter parameter) => "${aws:iot:parameter:" + parameter.Key + "}";
}
