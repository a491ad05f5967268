using System.Text.RegularExpressions;

namespace Godwit.Doctor;

/// <summary>The AWS CLI of whoever runs this: is it there, can it name an endpoint by a variable, does it sign as the service checks.</summary>
internal sealed partial class AwsCliCheck(Surroundings around)
{
    private const string Check = "AWS CLI";

    public async Task<IReadOnlyList<Finding>> Run(CancellationToken ct)
    {
        var findings = new List<Finding> { await Version(ct) };
        if (OldSignature() is { } file)
            findings.Add(new Finding(
                Check, FindingState.Fault, $"{file} asks for signature version 2 in S3, which neither AWS nor this service takes", "Remove the line signature_version, or set it to s3v4."));
        return findings;
    }

    private async Task<Finding> Version(CancellationToken ct)
    {
        if (await around.AwsVersion(ct) is not { } text || Number().Match(text) is not { Success: true } version)
            return new Finding(Check, FindingState.Warning, "it is not installed, and godwit aws needs it", "Debian: apt install awscli. Others: pipx install awscli.");
        var (major, minor) = (int.Parse(version.Groups[1].Value), int.Parse(version.Groups[2].Value));
        return (major == 1 && minor < 29) || (major == 2 && minor < 13)
            ? new Finding(Check, FindingState.Warning, $"version {version.Value[8..]} does not read AWS_ENDPOINT_URL", "Use godwit aws …, or --endpoint-url $AWS_ENDPOINT_URL; 1.29 and 2.13 read the variable.")
            : new Finding(Check, FindingState.Ok, $"version {version.Value[8..]}");
    }

    private string? OldSignature()
    {
        var file = around.Environment("AWS_CONFIG_FILE") is { Length: > 0 } named ? named : Path.Combine(around.Environment("HOME") ?? "", ".aws", "config");
        return File.Exists(file) && File.ReadLines(file).Any(line => SignatureVersion2().IsMatch(line)) ? file : null;
    }

    [GeneratedRegex(@"aws-cli/([0-9]+)\.([0-9]+)\.[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex(@"^\s*signature_version\s*=\s*(s3|v2)\s*$")]
    private static partial Regex SignatureVersion2();
}
