using System.Security.Cryptography;
using Godwit.Core.Access;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests;

/// <summary>Objects as an upload leaves them, without a door in between.</summary>
internal static class TestObjects
{
    public static readonly Caller Caller = new(TestServer.Key.Account, "us-east-1", $"arn:aws:iam::{TestServer.Key.Account}:user/tester", TestServer.Key.Id);

    /// <summary>Bytes that differ from place to place and are the same in every run.</summary>
    public static byte[] Image(int length, int seed = 7)
    {
        var image = new byte[length];
        new Random(seed).NextBytes(image);
        return image;
    }

    public static Task MakeBucket(this SliceHost server, string bucket, bool versioned = false) => server.Get<Database>().Write(
        s => s.Execute(
            "INSERT INTO bucket (account, bucket, region, versioning, created_at_ms) VALUES (@Account, @bucket, 'us-east-1', @versioning, @NowMs)",
            new { Caller.Account, bucket, versioning = versioned ? Bucket.Enabled : null, s.NowMs }),
        TestContext.Current.CancellationToken);

    /// <summary>Answers the version id.</summary>
    public static async Task<string> PutObject(this SliceHost server, string bucket, string key, byte[] image)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var writer = server.Get<IObjectBytes>().Create();
        await writer.Append(image, ct);
        var id = await writer.Finish(ct);
        var version = new ObjectVersion { ObjectKey = key, SizeBytes = image.Length, ETag = Convert.ToHexStringLower(MD5.HashData(image)), BytesId = id.Value };
        var stored = await server.Get<Database>().Write(
            s => server.Get<ObjectStore>().Put(s, ObjectStore.FindBucket(s, Caller.Account, bucket).Value, version, Guid.NewGuid().ToString("N")), ct);
        return stored.VersionId;
    }

    public static Task RemoveObject(this SliceHost server, string bucket, string key) => server.Get<Database>().Write(
        s =>
        {
            server.Get<ObjectStore>().Remove(
                s, ObjectStore.FindBucket(s, Caller.Account, bucket).Value, ObjectStore.Latest(s, Caller.Account, bucket, key)!);
            return 0;
        },
        TestContext.Current.CancellationToken);
}
