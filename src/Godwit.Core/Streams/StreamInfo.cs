namespace Godwit.Core.Streams;

/// <summary>A stream: files that devices may read in blocks over MQTT. Never a bare Stream, which is System.IO's word.</summary>
/// <param name="Version">1 when made, one more with each UpdateStream, 65535 at most.</param>
public sealed record StreamInfo(
    string StreamId,
    int Version,
    string? Description,
    IReadOnlyList<StreamFile> Files,
    string RoleArn,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastUpdatedAt)
{
    public const int FirstVersion = 1;

    public const int MaxVersion = 65535;

    /// <summary>AWS: API reference > CreateStream; the model says 50, an older quota 10.</summary>
    public const int MaxFiles = 50;

    public StreamFile? File(long fileId)
    {
        // By index: enumerating a list through its interface would allocate, once for every block.
        for (var i = 0; i < Files.Count; i++)
        {
            if (Files[i].FileId == fileId)
                return Files[i];
        }

        return null;
    }

    /// <summary>What UpdateStream makes of the stream: each member replaces the stored one if it is given, and the version rises by one in any case.</summary>
    public Result<StreamInfo> Updated(string? description, IReadOnlyList<StreamFile>? files, string? roleArn, DateTimeOffset now)
    {
        if (Version == MaxVersion)
            return Errors.LimitExceeded($"Stream {StreamId} has reached version {MaxVersion} and cannot be updated any more; create a new stream.");
        return this with
        {
            Version = Version + 1,
            Description = description ?? Description,
            Files = files ?? Files,
            RoleArn = roleArn ?? RoleArn,
            LastUpdatedAt = now,
        };
    }

    /// <summary>The rule across the files of one request; null if it holds.</summary>
    public static ServiceError? CheckFileIds(IEnumerable<int> fileIds)
    {
        var seen = new HashSet<int>();
        foreach (var fileId in fileIds)
        {
            if (!seen.Add(fileId))
                return Errors.InvalidRequest($"files: fileId {fileId} is given to more than one file; each file of a stream needs its own fileId.");
        }

        return null;
    }

    /// <summary>The id of a stream that CreateOTAUpdate makes, from a random UUID: 44 characters, the longest name that small agents can hold.</summary>
    public static string OtaStreamId(Guid uuid) => $"AFR_OTA-{uuid:D}";
}
