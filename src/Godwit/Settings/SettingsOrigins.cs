using Godwit.Server.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Godwit.Settings;

/// <summary>One setting as it is in force.</summary>
/// <param name="Value">With what is secret masked.</param>
public sealed record EffectiveSetting(string Key, string? Value, string Source, string Flag, string Environment);

/// <summary>Where each value in force comes from.</summary>
public static class SettingsOrigins
{
    private const string Masked = "****";

    public static IEnumerable<EffectiveSetting> Of(IConfigurationRoot configuration) =>
        Leaves(configuration.GetSection(SettingsReader.Section))
            .Select(leaf => new EffectiveSetting(
                leaf.Key, Mask(leaf.Key, leaf.Value), SourceOf(configuration, $"{SettingsReader.Section}:{leaf.Key}"), AllSettings.FlagOf(leaf.Key.Split(':')[0]),
                "GODWIT__" + leaf.Key.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal)));

    private static IEnumerable<(string Key, string? Value)> Leaves(IConfigurationSection section)
    {
        foreach (var child in section.GetChildren())
        {
            var key = child.Path[(SettingsReader.Section.Length + 1)..];
            var below = child.GetChildren().ToList();
            if (below.Count == 0)
                yield return (key, child.Value);
            foreach (var leaf in below)
                yield return (leaf.Path[(SettingsReader.Section.Length + 1)..], leaf.Value);
        }
    }

    private static string SourceOf(IConfigurationRoot configuration, string path)
    {
        foreach (var provider in configuration.Providers.Reverse())
        {
            if (!provider.TryGet(path, out _))
                continue;
            return provider switch
            {
                EnvironmentVariablesConfigurationProvider => "environment",
                JsonConfigurationProvider { Source.Optional: false } => "default",
                JsonConfigurationProvider json => json.Source.FileProvider?.GetFileInfo(json.Source.Path ?? "").PhysicalPath ?? json.Source.Path ?? "file",
                _ => "flag",
            };
        }
        return "default";
    }

    private static string? Mask(string key, string? value) => key.Split(':')[0] switch
    {
        "AccessKeys" when value?.Split(':') is [var id, _, .. var rest] => string.Join(':', [id, Masked, .. rest]),
        "Database" when value is { Length: > 0 } => Postgres.Shown(value),
        "S3" or "OtlpEndpoint" or "PublicUrl" when value is { Length: > 0 } => WithoutSecret(value),
        // A file that holds a secret is no secret.
        var name when value is { Length: > 0 } && !name.EndsWith("File", StringComparison.Ordinal) && (name.Contains("Secret", StringComparison.OrdinalIgnoreCase) || name.Contains("Password", StringComparison.OrdinalIgnoreCase) || (name.Contains("Token", StringComparison.OrdinalIgnoreCase) && name != "Pkcs11Token") || name.EndsWith("Pin", StringComparison.Ordinal)) => Masked,
        _ => value,
    };

    /// <summary>A URL without the password that may stand in it, which need not be well-formed: all from the first colon of the authority to the last @.</summary>
    private static string WithoutSecret(string url)
    {
        var from = url.IndexOf("://", StringComparison.Ordinal);
        var to = url.LastIndexOf('@');
        if (from < 0 || to < 0)
            return url;
        var colon = url.IndexOf(':', from + 3);
        return colon < 0 || colon > to ? url : url[..(colon + 1)] + Masked + url[to..];
    }
}
