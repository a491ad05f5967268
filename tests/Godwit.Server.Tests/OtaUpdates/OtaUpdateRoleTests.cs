using Godwit.Server.Iam;
using Godwit.Server.Jobs;
using Godwit.Core.Planning;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Planning;
using Godwit.Server.Streams;
using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.OtaUpdates;

/// <summary>A creation that fails for AWS's reasons: the role is not there, does not trust the service, or may not do what the creation does.</summary>
public sealed class OtaUpdateRoleTests : OtaUpdateTests
{
    private const string AllowAll = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";

    [Fact]
    public async Task In_an_account_without_roles_any_role_will_do() =>
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);

    [Fact]
    public async Task A_role_that_may_everything_completes()
    {
        await MakeRole(IamClient.IotTrust, AllowAll);
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);
    }

    [Theory]
    [InlineData("s3:*", "s3:GetObject on resource: arn:aws:s3:::firmware/app.bin with an explicit deny")]
    [InlineData("iot:CreateStream", "iot:CreateStream on resource: arn:aws:iot:us-east-1:000000000000:stream/AFR_OTA-")]
    [InlineData("iot:CreateJob", "iot:CreateJob on resource: arn:aws:iot:us-east-1:000000000000:job/AFR_OTA-rel42")]
    [InlineData("iam:PassRole", "iam:PassRole on resource: arn:aws:iam::000000000000:role/ota-service")]
    public async Task What_the_role_lacks_is_named_with_its_resource(string denied, string named)
    {
        await MakeRole(IamClient.IotTrust, AllowAll, $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"{{denied}}","Resource":"*"}]}""");
        var update = await CreateAndFinish(Request());
        Assert.Equal("CREATE_FAILED", update.OtaUpdateStatus);
        Assert.Equal("AccessDeniedException", update.ErrorInfo!.Code);
        Assert.Contains(named, update.ErrorInfo.Message, StringComparison.Ordinal);
        Assert.Contains("is not authorized to perform", update.ErrorInfo.Message, StringComparison.Ordinal);
        Assert.Null(await FindJob());
        Assert.Empty(await Streams());
    }

    [Theory]
    [InlineData("signer:PutSigningProfile", "signer:PutSigningProfile on resource: arn:aws:signer:us-east-1:000000000000:/signing-profiles/fleet_signer")]
    [InlineData("signer:StartSigningJob", "signer:StartSigningJob on resource: arn:aws:signer:us-east-1:000000000000:/signing-profiles/fleet_signer")]
    [InlineData("signer:DescribeSigningJob", "signer:DescribeSigningJob on resource: arn:aws:signer:us-east-1:000000000000:/signing-jobs/")]
    [InlineData("s3:PutObject", "s3:PutObject on resource: arn:aws:s3:::versioned/signed/")]
    [InlineData("s3:GetObjectVersion", "s3:GetObjectVersion on resource: arn:aws:s3:::versioned/signed/")]
    public async Task What_Signer_does_in_the_roles_name_is_asked_of_the_role_and_nothing_is_signed(string denied, string named)
    {
        await MakeRole(IamClient.IotTrust, AllowAll, $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"{{denied}}","Resource":"*"}]}""");
        await Server.MakeBucket("versioned", versioned: true);
        var start = new StartSigningJobParameter
        {
            SigningProfileName = "fleet_signer",
            SigningProfileParameter = new SigningProfileParameter { CertificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/1", Platform = "AmazonFreeRTOS-Default" },
            Destination = new Godwit.Server.OtaUpdates.Destination { S3Destination = new Godwit.Server.OtaUpdates.S3Destination { Bucket = "versioned", Prefix = "signed/" } },
        };
        var update = await CreateAndFinish(Request() with { Files = [File() with { CodeSigning = new CodeSigning { StartSigningJobParameter = start } }] });
        Assert.Equal(("CREATE_FAILED", "AccessDeniedException"), (update.OtaUpdateStatus, update.ErrorInfo!.Code));
        Assert.Contains(named, update.ErrorInfo.Message, StringComparison.Ordinal);
        Assert.Equal(0, await Server.Get<Godwit.Server.Storage.Database>().Read(s => s.First<long>("SELECT COUNT(*) FROM signing_profile"), Ct));
    }

    [Fact]
    public async Task All_that_the_role_lacks_is_found_before_the_update_is_sent_and_after_it_failed()
    {
        await MakeRole(IamClient.IotTrust, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:*"],"Resource":"*"}]}""");
        var plan = await Server.Get<PlanOtaUpdate>().Handle(TestObjects.Caller, new PlanOtaUpdate.Request(Request(), 1, FleetModel.Default, 1), Ct);
        await CreateAndFinish(Request());
        var preflight = (await Server.Get<PreflightOtaUpdate>().Handle(TestObjects.Caller, "rel42", Ct)).Value;
        Assert.Equal(("CREATE_FAILED", false), (preflight.OtaUpdateStatus, preflight.Passes));
        foreach (var found in (IEnumerable<(string Field, string Cause, string Remedy)>[])
        [
            plan.Value.Findings.Select(finding => (finding.Field, finding.Cause, finding.Remedy)), preflight.Findings.Select(finding => (finding.Field, finding.Cause, finding.Remedy)),
        ])
        {
            var lacks = found.Where(finding => finding.Field == "roleArn").ToList();
            Assert.Equal(2, lacks.Count);
            Assert.Contains("s3:GetObject on resource: arn:aws:s3:::firmware/app.bin", lacks[0].Cause, StringComparison.Ordinal);
            Assert.Contains("iam:PassRole on resource: arn:aws:iam::000000000000:role/ota-service", lacks[1].Cause, StringComparison.Ordinal);
            Assert.Contains("PutRolePolicy", lacks[0].Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_buckets_policy_lets_the_role_read_or_keeps_it_out()
    {
        await MakeRole(IamClient.IotTrust, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:*","iam:*"],"Resource":"*"}]}""");
        await SetPolicy("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:role/ota-service"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::firmware/*"}""");
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request())).OtaUpdateStatus);
        await SetPolicy("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:role/another"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::firmware/*"}""");
        var refused = await CreateAndFinish(Request("rel43"));
        Assert.Equal("CREATE_FAILED", refused.OtaUpdateStatus);
        Assert.Contains("s3:GetObject on resource: arn:aws:s3:::firmware/app.bin with an explicit deny in a resource-based policy", refused.ErrorInfo!.Message, StringComparison.Ordinal);

        async Task SetPolicy(string statement) => Assert.True((await Server.Get<Godwit.Server.Objects.BucketSettings>().Set(
            TestObjects.Caller, "PutBucketPolicy", "firmware", "policy", $$"""{"Version":"2012-10-17","Statement":[{{statement}}]}""", Ct)).IsOk);
    }

    [Fact]
    public async Task The_managed_policy_of_AWS_covers_only_buckets_that_begin_with_afr_ota()
    {
        await MakeRole(IamClient.IotTrust, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}""");
        await Run("AttachRolePolicy", ("RoleName", "ota-service"), ("PolicyArn", "arn:aws:iam::aws:policy/service-role/AmazonFreeRTOSOTAUpdate"));
        var refused = await CreateAndFinish(Request());
        Assert.Contains("s3:GetObject on resource: arn:aws:s3:::firmware/app.bin because no identity-based policy", refused.ErrorInfo!.Message, StringComparison.Ordinal);
        await Server.MakeBucket("afr-ota-fw");
        await Server.PutObject("afr-ota-fw", "app.bin", TestObjects.Image(10_000));
        Assert.Equal("CREATE_COMPLETE", (await CreateAndFinish(Request("rel43") with { Files = [File(bucket: "afr-ota-fw")] })).OtaUpdateStatus);
    }

    [Fact]
    public async Task A_role_that_is_not_there_or_trusts_someone_else_is_refused()
    {
        await MakeRole(IamClient.IotTrust.Replace("iot.amazonaws.com", "lambda.amazonaws.com", StringComparison.Ordinal), AllowAll);
        var untrusting = await CreateAndFinish(Request());
        Assert.Contains("iot.amazonaws.com is not authorized to perform: sts:AssumeRole", untrusting.ErrorInfo!.Message, StringComparison.Ordinal);
        var missing = await CreateAndFinish(Request("rel43") with { RoleArn = "arn:aws:iam::000000000000:role/none" });
        Assert.Contains("does not exist", missing.ErrorInfo!.Message, StringComparison.Ordinal);
        var foreign = await CreateAndFinish(Request("rel44") with { RoleArn = "arn:aws:iam::123456789012:role/ota-service" });
        Assert.Contains("of another account", foreign.ErrorInfo!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_and_jobs_by_themselves_are_held_to_their_roles_too()
    {
        await MakeRole(IamClient.IotTrust, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}""");
        var stream = await Server.Get<CreateStream>().Handle(TestObjects.Caller, new CreateStream.Request
        {
            StreamId = "s1", RoleArn = Role, Files = [new StreamFileLocation(0, new Godwit.Server.Streams.S3Location("firmware", "app.bin", null))],
        }, Ct);
        Assert.Equal(("UnauthorizedException", 401), (stream.Error!.Code, stream.Error.Status));
        Assert.Contains("s3:GetObject on resource: arn:aws:s3:::firmware/app.bin", stream.Error.Message, StringComparison.Ordinal);

        var job = await Server.Get<CreateJob>().Handle(TestObjects.Caller, new CreateJob.Request
        {
            JobId = "j1", Targets = [Dev7], PresignedUrlConfig = new PresignedUrlConfig { RoleArn = Role },
            Document = """{"url":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/firmware/app.bin}"}""",
        }, Ct);
        Assert.Equal("InvalidRequestException", job.Error!.Code);
        Assert.Contains("s3:GetObject on resource: arn:aws:s3:::firmware/app.bin", job.Error.Message, StringComparison.Ordinal);
    }

    private async Task MakeRole(string trust, params string[] policies)
    {
        await Run("CreateRole", ("RoleName", "ota-service"), ("AssumeRolePolicyDocument", trust));
        for (var i = 0; i < policies.Length; i++)
            await Run("PutRolePolicy", ("RoleName", "ota-service"), ("PolicyName", $"p{i}"), ("PolicyDocument", policies[i]));
    }

    private async Task Run(string action, params (string Name, string Value)[] parameters)
    {
        var iam = Server.Get<IamOperations>();
        var form = new IamForm(parameters.ToDictionary(p => p.Name, p => p.Value));
        var done = await iam.Run(iam.All[action], new IamCall(TestObjects.Caller, form, null), Ct);
        Assert.True(done.IsOk, done.Error?.Message);
    }
}
