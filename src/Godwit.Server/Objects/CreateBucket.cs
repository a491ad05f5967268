using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Objects;
using Godwit.Server.Storage;

namespace Godwit.Server.Objects;

/// <summary>CreateBucket — PUT /{bucket}. Names are shared by all accounts.</summary>
public sealed class CreateBucket(Database database) : IOperation<CreateBucket.Request, CreateBucket.Response>
{
    private const string FirstRegion = "us-east-1";

    public sealed record Request(string Bucket, string? LocationConstraint);

    public sealed record Response(string Location);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!BucketName.IsValid(request.Bucket))
            return S3Errors.InvalidBucketName(request.Bucket);
        var region = Region(caller.Region, request.LocationConstraint);
        return region.IsOk ? await database.Change(session => Create(session, caller, request.Bucket, region.Value), ct) : region.Error;
    }

    /// <summary>AWS: the first region takes any constraint but its own name; every other wants to be named.</summary>
    private static Result<string> Region(string asked, string? constraint)
    {
        if (asked == FirstRegion)
        {
            return constraint switch
            {
                null or "" => FirstRegion,
                FirstRegion => S3Errors.InvalidLocationConstraint(constraint),
                "EU" => "eu-west-1",
                _ => IsRegion(constraint) ? constraint : S3Errors.InvalidLocationConstraint(constraint),
            };
        }
        if (constraint is null or "")
            return S3Errors.IllegalLocationConstraint("unspecified");
        return constraint == asked || (constraint == "EU" && asked == "eu-west-1") ? asked : S3Errors.IllegalLocationConstraint(constraint);
    }

    private static bool IsRegion(string text) => text.Length <= 32 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static Result<Response> Create(WriteSession session, Caller caller, string bucket, string region)
    {
        var owner = session.First<Bucket>("SELECT account, region FROM bucket WHERE bucket = @bucket", new { bucket });
        if (owner is not null && owner.Account != caller.Account)
            return S3Errors.BucketAlreadyExists(bucket);
        if (owner is null)
        {
            session.Execute(
                "INSERT INTO bucket (account, bucket, region, created_at_ms) VALUES (@Account, @bucket, @region, @NowMs)",
                new { caller.Account, bucket, region, session.NowMs });
            session.Record(new Fact(caller.Account, caller.Arn, "CreateBucket", $"bucket/{bucket}", null, region));
        }
        else if (owner.Region != FirstRegion || region != FirstRegion)
        {
            // AWS: only in the first region is making one's own bucket again no error.
            return S3Errors.BucketAlreadyOwnedByYou(bucket);
        }
        return new Response("/" + bucket);
    }
}
