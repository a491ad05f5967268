using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;

namespace Godwit.Server.Signing;

/// <summary>GetSigningPlatform — GET /signing-platforms/{platformId}</summary>
public sealed class GetSigningPlatform(SigningCatalog catalog) : IOperation<GetSigningPlatform.Request, PlatformView>
{
    public sealed record Request
    {
        public required string PlatformId { get; init; }
    }

    public Task<Result<PlatformView>> Handle(Caller caller, Request request, CancellationToken ct) => Task.FromResult<Result<PlatformView>>(
        catalog.Find(request.PlatformId) is { } platform
            ? PlatformView.Of(platform)
            : SigningErrors.NotFound($"platform {request.PlatformId} does not exist. The platforms are {catalog.Names}."));
}

/// <summary>A platform as it is told.</summary>
public sealed record PlatformView(
    string PlatformId, string DisplayName, string Partner, string Target, string Category, SigningConfiguration SigningConfiguration, SigningImageFormat SigningImageFormat,
    int MaxSizeInMB, bool RevocationSupported)
{
    public static PlatformView Of(SigningPlatform platform) => new(
        platform.PlatformId, platform.DisplayName, platform.Partner, platform.Target, SigningPlatform.Category,
        new SigningConfiguration(new AlgorithmOptions(platform.Encryptions, platform.Encryptions[0]), new AlgorithmOptions(platform.Hashes, platform.Hashes[0])),
        new SigningImageFormat(platform.Formats, platform.Formats.FirstOrDefault()), platform.MaxSizeInMB, platform.RevocationSupported);
}

/// <inheritdoc cref="PlatformView"/>
public sealed record SigningConfiguration(AlgorithmOptions EncryptionAlgorithmOptions, AlgorithmOptions HashAlgorithmOptions);

/// <inheritdoc cref="PlatformView"/>
public sealed record AlgorithmOptions(IReadOnlyList<string> AllowedValues, string DefaultValue);

/// <inheritdoc cref="PlatformView"/>
public sealed record SigningImageFormat(IReadOnlyList<string> SupportedFormats, string? DefaultFormat);
