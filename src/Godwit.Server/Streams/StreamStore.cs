using Godwit.Core.Streams;
using Godwit.Server.Storage;

namespace Godwit.Server.Streams;

/// <summary>A stream as stored: what is told of it, and which bytes stand behind each of its files (same order as <see cref="StreamInfo.Files"/>).</summary>
internal sealed record StoredStream(StreamInfo Info, IReadOnlyList<StoredBytes> Bytes);

/// <summary>The object version that was found when the stream was made, and where its bytes lie.</summary>
internal sealed record StoredBytes(string ObjectVersion, string BytesId);

/// <summary>Streams in the database; every method runs inside the caller's session.</summary>
internal static class StreamStore
{
    public static bool Exists(ReadSession session, string account, string streamId) =>
        session.First<long>("SELECT COUNT(*) FROM stream WHERE account = @account AND stream_id = @streamId", new { account, streamId }) != 0;

    public static StoredStream? Find(ReadSession session, string account, string streamId)
    {
        var row = session.First<StreamRow>("SELECT * FROM stream WHERE account = @account AND stream_id = @streamId", new { account, streamId });
        if (row is null)
            return null;
        var files = session.Query<FileRow>(
            "SELECT * FROM stream_file WHERE account = @account AND stream_id = @streamId ORDER BY position", new { account, streamId });
        return new StoredStream(row.ToInfo([.. files.Select(f => f.ToFile())]), [.. files.Select(f => new StoredBytes(f.ObjectVersion, f.BytesId))]);
    }

    /// <summary>A page by time of creation, without files; <paramref name="after"/> is the last one of the page before.</summary>
    public static List<StreamRow> List(ReadSession session, string account, bool ascending, (long AtMs, string Id)? after, int max)
    {
        var (beyond, order) = ascending ? (">", "ASC") : ("<", "DESC");
        var from = after is null ? "" : $"AND (created_at_ms, stream_id) {beyond} (@AtMs, @Id)";
        return session.Query<StreamRow>(
            $"SELECT * FROM stream WHERE account = @account {from} ORDER BY created_at_ms {order}, stream_id {order} LIMIT @max",
            new { account, after?.AtMs, after?.Id, max });
    }

    public static void Insert(WriteSession session, string account, StoredStream stream)
    {
        session.Execute(
            """
            INSERT INTO stream (account, stream_id, version, description, role_arn, created_at_ms, last_updated_at_ms)
            VALUES (@account, @StreamId, @Version, @Description, @RoleArn, @atMs, @atMs)
            """,
            new { account, stream.Info.StreamId, stream.Info.Version, stream.Info.Description, stream.Info.RoleArn, atMs = session.NowMs });
        InsertFiles(session, account, stream);
    }

    public static void Update(WriteSession session, string account, StoredStream stream)
    {
        var key = new { account, stream.Info.StreamId };
        session.Execute(
            """
            UPDATE stream SET version = @Version, description = @Description, role_arn = @RoleArn, last_updated_at_ms = @atMs
            WHERE account = @account AND stream_id = @StreamId
            """,
            new { account, stream.Info.StreamId, stream.Info.Version, stream.Info.Description, stream.Info.RoleArn, atMs = session.NowMs });
        session.Execute("DELETE FROM stream_file WHERE account = @account AND stream_id = @StreamId", key);
        InsertFiles(session, account, stream);
    }

    public static bool Delete(WriteSession session, string account, string streamId)
    {
        session.Execute("DELETE FROM stream_file WHERE account = @account AND stream_id = @streamId", new { account, streamId });
        return session.Execute("DELETE FROM stream WHERE account = @account AND stream_id = @streamId", new { account, streamId }) != 0;
    }

    private static void InsertFiles(WriteSession session, string account, StoredStream stream)
    {
        for (var position = 0; position < stream.Info.Files.Count; position++)
        {
            var (file, bytes) = (stream.Info.Files[position], stream.Bytes[position]);
            session.Execute(
                """
                INSERT INTO stream_file (account, stream_id, position, file_id, bucket, key, version, object_version, size_bytes, etag, bytes_id)
                VALUES (@account, @StreamId, @position, @FileId, @Bucket, @Key, @Version, @ObjectVersion, @Size, @ETag, @BytesId)
                """,
                new
                {
                    account, stream.Info.StreamId, position, file.FileId, file.Bucket, file.Key, file.Version,
                    bytes.ObjectVersion, file.Size, file.ETag, bytes.BytesId,
                });
        }
    }

    internal sealed record StreamRow
    {
        public string StreamId { get; init; } = "";

        public long Version { get; init; }

        public string? Description { get; init; }

        public string RoleArn { get; init; } = "";

        public long CreatedAtMs { get; init; }

        public long LastUpdatedAtMs { get; init; }

        public StreamInfo ToInfo(IReadOnlyList<StreamFile> files) => new(
            StreamId,
            (int)Version,
            Description,
            files,
            RoleArn,
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAtMs),
            DateTimeOffset.FromUnixTimeMilliseconds(LastUpdatedAtMs));
    }

    private sealed record FileRow
    {
        public long FileId { get; init; }

        public string Bucket { get; init; } = "";

        public string Key { get; init; } = "";

        public string? Version { get; init; }

        public string ObjectVersion { get; init; } = "";

        public long SizeBytes { get; init; }

        public string Etag { get; init; } = "";

        public string BytesId { get; init; } = "";

        public StreamFile ToFile() => new((int)FileId, Bucket, Key, Version, SizeBytes, Etag);
    }
}
