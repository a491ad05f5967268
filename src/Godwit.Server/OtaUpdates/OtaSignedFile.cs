using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Core.OtaUpdates;
using Godwit.Server.Streams;

namespace Godwit.Server.OtaUpdates;

/// <summary>What Signer made of a file of an update, as far as it has got.</summary>
/// <param name="JobId">The signing job, the caller's or the one that was started for it.</param>
internal sealed record OtaSignedFile(string JobId)
{
    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The signature as devices find it.</summary>
    public OtaFileSignature? Signature { get; init; }

    /// <summary>The certificate's path on devices.</summary>
    public string? CertFile { get; init; }

    /// <summary>The object that the job signed.</summary>
    public S3Location? Source { get; init; }

    /// <summary>Where the raw image is to lie, over the signed object; null where the update names its own object.</summary>
    public S3Location? Image { get; init; }

    public static string Write(IReadOnlyList<OtaSignedFile?> files) => JsonSerializer.Serialize(files, Options);

    public static IReadOnlyList<OtaSignedFile?> Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<OtaSignedFile?>>(json, Options)!;
}
