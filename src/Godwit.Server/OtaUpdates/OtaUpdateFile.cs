using Godwit.Server.Streams;

namespace Godwit.Server.OtaUpdates;

/// <summary>A file of an OTA update. <see cref="FileName"/> is its path on the device, not its key in S3.</summary>
public sealed record OtaUpdateFile
{
    public string? FileName { get; init; }

    public int? FileType { get; init; }

    public string? FileVersion { get; init; }

    public FileLocation? FileLocation { get; init; }

    public CodeSigning? CodeSigning { get; init; }

    /// <summary>Kept and told, never sent to devices; so is <see cref="FileVersion"/>.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

/// <summary>Where a file comes from: a file of a stream that the caller made, or an object.</summary>
public sealed record FileLocation
{
    public StreamReference? Stream { get; init; }

    public S3Location? S3Location { get; init; }
}

/// <summary>AWS's <c>Stream</c>: a file of an existing stream.</summary>
public sealed record StreamReference
{
    public string? StreamId { get; init; }

    public int? FileId { get; init; }
}
