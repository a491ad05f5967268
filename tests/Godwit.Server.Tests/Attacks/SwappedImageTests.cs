using Godwit.Server.Objects;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Streams;
using Godwit.Server.Tests.OtaUpdates;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A22: an image that is swapped, deleted or mis-described around its signing.</summary>
public sealed class SwappedImageTests : OtaUpdateTests
{
    [Fact]
    public async Task A22_a_deleted_version_ends_the_creation_with_its_reason()
    {
        await Server.Get<PutBucketVersioning>().Handle(TestObjects.Caller, new("firmware", "Enabled"), Ct);
        var version = (await Server.Get<PutObject>().Handle(TestObjects.Caller, new("firmware", "v.bin", new MemoryStream(TestObjects.Image(100)), 100), Ct)).Value.VersionId!;
        await Server.Get<DeleteObject>().Handle(TestObjects.Caller, new("firmware", "v.bin", version), Ct);
        var update = await CreateAndFinish(Request() with { Files = [File("v.bin", version)] });
        Assert.Equal("CREATE_FAILED", update.OtaUpdateStatus);
        Assert.Contains("v.bin", update.ErrorInfo!.Message, StringComparison.Ordinal);
        Assert.Null(await FindJob());
    }

    [Fact]
    public async Task A22_an_object_overwritten_after_the_creation_does_not_reach_the_stream()
    {
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);
        var stream = StreamOf(await Document())!;
        var before = await Server.Get<StreamCatalog>().Find(TestObjects.Caller.Account, stream, Ct);
        await Server.PutObject("firmware", "app.bin", TestObjects.Image(20_000));
        var after = await Server.Get<StreamCatalog>().Find(TestObjects.Caller.Account, stream, Ct);
        Assert.Equal(before.Value.File(0)!.Size, after.Value.File(0)!.Size);
        Assert.Equal(before.Value.File(0)!.ETag, after.Value.File(0)!.ETag);
        Assert.Equal(10_000, after.Value.File(0)!.Size);
    }
}
