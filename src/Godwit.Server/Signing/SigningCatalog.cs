using Godwit.Core.Signing;

namespace Godwit.Server.Signing;

/// <summary>The platforms of this installation: Signer's own and those of the settings.</summary>
public sealed class SigningCatalog(ServerOptions options)
{
    public IReadOnlyList<SigningPlatform> All { get; } = [.. SigningPlatforms.BuiltIn.Concat(options.SigningPlatforms).OrderBy(platform => platform.PlatformId, StringComparer.Ordinal)];

    public SigningPlatform? Find(string platformId) => All.FirstOrDefault(platform => platform.PlatformId == platformId);

    /// <summary>A platform that is gone from the settings is still named by what was made with it.</summary>
    public string DisplayName(string platformId) => Find(platformId)?.DisplayName ?? platformId;

    public string Names => string.Join(", ", All.Select(platform => platform.PlatformId));
}
