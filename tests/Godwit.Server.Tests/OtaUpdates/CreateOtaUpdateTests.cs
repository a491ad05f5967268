using System.Diagnostics;
using System.Text.Json;
using Godwit.Core.Access;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Tags;

namespace Godwit.Server.Tests.OtaUpdates;

public sealed class CreateOtaUpdateTests : OtaUpdateTests
{
    [Fact]
    public async Task The_answer_comes_at_once_and_names_no_job()
    {
        var created = await Create(Request());
        Assert.Equal(new CreateOtaUpdate.Response("rel42", "arn:aws:iot:us-east-1:000000000000:otaupdate/rel42", "CREATE_PENDING"), created.Value);
    }

    [Fact]
    public async Task Over_MQTT_a_stream_and_a_job_are_made_with_AWSs_names()
    {
        var update = await CreateAndFinish(Request());
        Assert.Equal(("CREATE_COMPLETE", "AFR_OTA-rel42", "arn:aws:iot:us-east-1:000000000000:job/AFR_OTA-rel42"), (update.OtaUpdateStatus, update.AwsIotJobId, update.AwsIotJobArn));
        Assert.Null(update.ErrorInfo);

        var stream = Assert.Single(await Streams());
        Assert.Matches("^AFR_OTA-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", stream.StreamId);
        Assert.Equal((1, "Stream for OTAUpdate rel42"), (stream.StreamVersion, stream.Description));

        Assert.Equal(
            """{"afr_ota":{"protocols":["MQTT"],"streamname":"STREAM","files":[{"filepath":"/fw/app.bin","filesize":10000,"fileid":0,"certfile":"/certs/sign.crt","update_data_url":null,"auth_scheme":null,"sig-sha256-ecdsa":"MEUCIQDx"}]}}"""
                .Replace("STREAM", stream.StreamId, StringComparison.Ordinal),
            await Document());
        var job = await FindJob();
        Assert.Equal(("AWS job for OTAUpdateJobId = rel42", "SNAPSHOT"), (job!.Description, job.TargetSelection));
        Assert.Equal([Dev7], job.Targets);
    }

    [Fact]
    public async Task Over_HTTP_there_is_no_stream_and_the_url_is_good_for_half_an_hour()
    {
        var update = await CreateAndFinish(Request() with { Protocols = ["HTTP"] });
        Assert.Equal("CREATE_COMPLETE", update.OtaUpdateStatus);
        Assert.Empty(await Streams());
        Assert.Equal(
            """{"afr_ota":{"protocols":["HTTP"],"files":[{"filepath":"/fw/app.bin","filesize":10000,"fileid":0,"certfile":"/certs/sign.crt","update_data_url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/app.bin}","auth_scheme":"aws.s3.presigned","sig-sha256-ecdsa":"MEUCIQDx"}]}}""",
            await Document());
        Assert.Equal(new PresignedUrlConfig { RoleArn = Role, ExpiresInSec = 1800 }, (await FindJob())!.PresignedUrlConfig);
    }

    [Fact]
    public async Task Over_both_with_a_version_the_configs_reach_stream_and_job()
    {
        await Server.MakeBucket("versions", versioned: true);
        var version = await Server.PutObject("versions", "app.bin", TestObjects.Image(700));
        await Server.PutObject("versions", "app.bin", TestObjects.Image(800));
        var update = await CreateAndFinish(Request() with
        {
            Description = "release 42",
            Targets = [Fleet, Dev7],
            Protocols = ["HTTP", "MQTT"],
            Files = [File(version: version, bucket: "versions") with { FileType = 202 }],
            AwsJobPresignedUrlConfig = new AwsJobPresignedUrlConfig { ExpiresInSec = 60 },
            AwsJobExecutionsRolloutConfig = new JobExecutionsRolloutConfig { MaximumPerMinute = 10 },
            AwsJobTimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 5 },
        });
        Assert.True(update.OtaUpdateStatus == "CREATE_COMPLETE", update.ErrorInfo?.Message);

        var file = JsonDocument.Parse(await Document()).RootElement.GetProperty("afr_ota").GetProperty("files")[0];
        Assert.Equal(700, file.GetProperty("filesize").GetInt64());
        Assert.Equal(202, file.GetProperty("fileType").GetInt32());
        Assert.Equal(
            $"${{aws:iot:s3-presigned-url-v2:https%3A%2F%2Fs3.us-east-1.amazonaws.com%2Fversions%2Fapp.bin%3FversionId%3D{version}}}", file.GetProperty("update_data_url").GetString());

        var stream = await Server.Get<DescribeStream>().Handle(TestObjects.Caller, new DescribeStream.Request { StreamId = StreamOf(await Document())! }, Ct);
        Assert.Equal([new StreamFileLocation(0, new S3Location("versions", "app.bin", version))], stream.Value.StreamInfo.Files);
        Assert.Equal(Role, stream.Value.StreamInfo.RoleArn);

        var job = (await FindJob())!;
        Assert.Equal([Fleet, Dev7], job.Targets);
        Assert.Equal((60, 10, 5), (job.PresignedUrlConfig!.ExpiresInSec, job.JobExecutionsRolloutConfig!.MaximumPerMinute, job.TimeoutConfig!.InProgressTimeoutInMinutes));
    }

    [Fact]
    public async Task A_stream_of_the_callers_own_is_used_as_it_is()
    {
        await Server.PutObject("firmware", "other.bin", TestObjects.Image(123));
        await Server.Get<CreateStream>().Handle(TestObjects.Caller, new CreateStream.Request
        {
            StreamId = "mine", RoleArn = Role, Files = [new(4, new S3Location("firmware", "other.bin")), new(9, new S3Location("firmware", "app.bin"))],
        }, Ct);
        var file = File() with { FileLocation = new FileLocation { Stream = new StreamReference { StreamId = "mine", FileId = 9 } } };
        await CreateAndFinish(Request() with { Files = [file], Protocols = ["MQTT", "HTTP"] });
        Assert.Single(await Streams());
        var document = JsonDocument.Parse(await Document()).RootElement.GetProperty("afr_ota");
        Assert.Equal("mine", document.GetProperty("streamname").GetString());
        var told = document.GetProperty("files")[0];
        Assert.Equal((9, 10_000), (told.GetProperty("fileid").GetInt32(), told.GetProperty("filesize").GetInt32()));
        Assert.Equal("${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/app.bin}", told.GetProperty("update_data_url").GetString());
    }

    [Fact]
    public async Task Several_files_are_numbered_in_their_order_and_unsigned_ones_say_so()
    {
        await Server.PutObject("firmware", "data.bin", TestObjects.Image(500));
        await CreateAndFinish(Request() with { Files = [File(), File("data.bin") with { FileName = null, CodeSigning = null }] });
        var files = JsonDocument.Parse(await Document()).RootElement.GetProperty("afr_ota").GetProperty("files");
        Assert.Equal(
            """{"filepath":null,"filesize":500,"fileid":1,"certfile":null,"update_data_url":null,"auth_scheme":null,"sig--":null}""", files[1].GetRawText());
    }

    [Fact]
    public async Task Tags_are_put_on_the_update_alone()
    {
        await CreateAndFinish(Request() with { Tags = [new Tag { Key = "team", Value = "ota" }] });
        var tagged = await Server.Get<Database>().Read(s => s.Query<string>("SELECT resource FROM resource_tag"), Ct);
        Assert.Equal(["otaupdate/rel42"], tagged);
    }

    [Fact]
    public async Task An_id_is_taken_even_by_an_update_that_failed()
    {
        await CreateAndFinish(Request() with { Files = [File("nothing.bin")] });
        var refused = (await Create(Request())).Error!;
        Assert.Equal(("ResourceAlreadyExistsException", 409), (refused.Code, refused.Status));
        Assert.Equal(("rel42", "arn:aws:iot:us-east-1:000000000000:otaupdate/rel42"), (refused.Members!["resourceId"], refused.Members["resourceArn"]));
    }

    [Fact]
    public async Task Targets_that_do_not_exist_are_told_at_once()
    {
        foreach (var target in (string[])["arn:aws:iot:us-east-1:000000000000:thing/nobody", "arn:aws:iot:us-east-1:000000000000:thinggroup/none", "arn:aws:iot:us-east-1:123456789012:thing/dev7"])
        {
            var refused = (await Create(Request() with { Targets = [Dev7, target] })).Error!;
            Assert.Equal(("ResourceNotFoundException", 404), (refused.Code, refused.Status));
            Assert.Contains(target, refused.Message, StringComparison.Ordinal);
        }
        Assert.Null(await Get());
    }

    private static readonly (string What, string Told)[] Meaningless =
    [
        ("long id", "otaUpdateId has 65 characters"),
        ("target", "Target 'dev7' is not an ARN"),
        ("target type", "is not an ARN of a thing or thing group"),
        ("target twice", "is given twice"),
        ("protocol twice", "protocols names MQTT twice"),
        ("role", "roleArn"),
        ("user", "roleArn"),
        ("presign 59", "expiresInSec is 59"),
        ("presign 3601", "expiresInSec is 3601"),
        ("timeout", "inProgressTimeoutInMinutes"),
        ("no location", "files[0].fileLocation is missing"),
        ("empty location", "files[0].fileLocation is missing"),
        ("two locations", "both stream and s3Location"),
        ("no bucket", "s3Location.bucket is missing"),
        ("no key", "s3Location.key is missing"),
        ("no stream id", "stream.streamId is missing"),
        ("no file id", "stream.fileId is missing"),
        ("mixed", "files mixes stream and s3Location"),
        ("two streams", "more than one stream"),
        ("file twice", "the same fileId"),
        ("two signings", "more than one of"),
        ("profile with a hyphen", "not even hyphens"),
        ("no profile", "signingProfileName is missing"),
        ("no signature", "signature.inlineDocument is missing"),
        ("no hash", "hashAlgorithm is missing"),
        ("no algorithm", "signatureAlgorithm is missing"),
        ("51 files", "a stream can have 50"),
        ("11 HTTP files", "over HTTP a job can have 10"),
        ("abort", "thresholdPercentage"),
        ("exponential", "MaximumPerMinute"),
        ("tag twice", "is given twice"),
    ];

    [Fact]
    public async Task A_request_without_a_meaning_is_refused_by_name_and_leaves_nothing()
    {
        foreach (var (what, told) in Meaningless)
        {
            var refused = (await Create(Wrong(what))).Error;
            Assert.True(refused is { Code: "InvalidRequestException", Status: 400 }, $"{what}: {refused}");
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
            Assert.Null(await Get(Wrong(what).OtaUpdateId));
        }
    }

    [Fact]
    public async Task What_can_only_be_found_out_later_ends_in_an_errorInfo_with_cause_and_remedy()
    {
        foreach (var (id, file, code, told) in new (string, OtaUpdateFile, string, string)[]
        {
            ("a", File("nothing.bin"), "ResourceNotFoundException", "S3 object nothing.bin not accessible in bucket firmware"),
            ("b", File(bucket: "nowhere"), "ResourceNotFoundException", "The specified bucket does not exist"),
            ("c", File(version: "v9"), "ResourceNotFoundException", "app.bin (version v9) not accessible"),
            ("d", File() with { FileLocation = new FileLocation { Stream = new StreamReference { StreamId = "none", FileId = 0 } } }, "ResourceNotFoundException", "Stream none does not exist"),
        })
        {
            var update = await CreateAndFinish(Request(id) with { Files = [file] });
            Assert.Equal(("CREATE_FAILED", code), (update.OtaUpdateStatus, update.ErrorInfo?.Code));
            Assert.Contains(told, update.ErrorInfo!.Message, StringComparison.Ordinal);
            Assert.Null(update.AwsIotJobId);
            Assert.Null(await FindJob(id));
        }
        Assert.Empty(await Streams());
    }

    [Fact]
    public async Task Another_accounts_bucket_is_not_accessible()
    {
        await Server.MakeBucket("theirs");
        await Server.Get<Database>().Write(s => s.Execute("UPDATE bucket SET account = '123456789012' WHERE bucket = 'theirs'"), Ct);
        var update = await CreateAndFinish(Request() with { Files = [File(bucket: "theirs")] });
        Assert.Equal(("CREATE_FAILED", "UnauthorizedException"), (update.OtaUpdateStatus, update.ErrorInfo?.Code));
    }

    [Fact]
    public async Task A_job_that_someone_else_made_under_the_name_is_left_alone()
    {
        await Server.Get<CreateJob>().Handle(TestObjects.Caller, new CreateJob.Request { JobId = "AFR_OTA-rel42", Targets = [Dev7], Document = "{}" }, Ct);
        var update = await CreateAndFinish(Request());
        Assert.Equal(("CREATE_FAILED", "ResourceAlreadyExistsException"), (update.OtaUpdateStatus, update.ErrorInfo?.Code));
        Assert.Equal("{}", await Document());
        await Server.Get<DeleteOtaUpdate>().Handle(TestObjects.Caller, new DeleteOtaUpdate.Request { OtaUpdateId = "rel42", ForceDeleteAWSJob = true }, Ct);
        Assert.Null(await Finished());
        Assert.NotNull(await FindJob());
    }

    [Fact]
    public async Task Fifty_at_once_are_all_created_each_with_one_stream_and_one_job()
    {
        var ids = Enumerable.Range(0, 50).Select(i => $"rel{i}").ToList();
        await Task.WhenAll(ids.Select(id => Create(Request(id))));
        foreach (var id in ids)
            Assert.Equal("CREATE_COMPLETE", (await Finished(id))!.OtaUpdateStatus);
        var streams = (await Streams()).Select(stream => stream.StreamId).ToHashSet();
        Assert.Equal(50, streams.Count);
        foreach (var id in ids)
            Assert.True(streams.Remove(StreamOf(await Document(id))!));
    }

    [Fact]
    public async Task Of_fifty_under_one_id_one_is_created()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Create(Request())));
        Assert.Single(answers, answer => answer.IsOk);
        Assert.All(answers.Where(answer => !answer.IsOk), answer => Assert.Equal("ResourceAlreadyExistsException", answer.Error!.Code));
        Assert.Equal("CREATE_COMPLETE", (await Finished())!.OtaUpdateStatus);
        Assert.Single(await Streams());
    }

    [Fact]
    public async Task A_one_MiB_image_is_an_update_within_a_second()
    {
        await Server.PutObject("firmware", "big.bin", TestObjects.Image(1 << 20));
        await CreateAndFinish(Request("warm"));
        var watch = Stopwatch.StartNew();
        await CreateAndFinish(Request() with { Files = [File("big.bin")] });
        TestContext.Current.TestOutputHelper?.WriteLine($"CreateOTAUpdate to CREATE_COMPLETE: {watch.ElapsedMilliseconds} ms");
        Assert.True(watch.ElapsedMilliseconds < 1000, $"It took {watch.ElapsedMilliseconds} ms.");
    }

    [Fact]
    public async Task Each_step_is_in_the_journal_in_the_callers_name()
    {
        await CreateAndFinish(Request());
        Assert.Equal(
            ["CreateOTAUpdate", "CreateOTAUpdate/CheckObjects", "CreateOTAUpdate/CreateStream", "CreateOTAUpdate/WriteJobDocument", "CreateOTAUpdate/CreateJob"],
            await Journal("otaupdate/rel42"));
        var who = await Server.Get<Database>().Read(
            s => s.Query<string>("SELECT DISTINCT who FROM journal WHERE subject LIKE 'otaupdate/%' OR subject LIKE 'stream/%' OR kind = 'CreateJob'"), Ct);
        Assert.Equal([TestObjects.Caller.Arn], who);
    }

    private static CreateOtaUpdate.Request Wrong(string what)
    {
        var request = Request();
        var fromStream = File() with { FileLocation = new FileLocation { Stream = new StreamReference { StreamId = "mine", FileId = 0 } } };
        CreateOtaUpdate.Request At(FileLocation? location) => request with { Files = [File() with { FileLocation = location }] };
        CreateOtaUpdate.Request With(CodeSigning signing) => request with { Files = [File() with { CodeSigning = signing }] };
        var custom = Signed().CustomCodeSigning!;
        return what switch
        {
            "long id" => request with { OtaUpdateId = new string('a', 65) },
            "target" => request with { Targets = ["dev7"] },
            "target type" => request with { Targets = ["arn:aws:iot:us-east-1:000000000000:cert/dev7"] },
            "target twice" => request with { Targets = [Dev7, Dev7] },
            "protocol twice" => request with { Protocols = ["MQTT", "MQTT"] },
            "role" => request with { RoleArn = "a role that is long enough" },
            "user" => request with { RoleArn = "arn:aws:iam::000000000000:user/ota" },
            "presign 59" => request with { AwsJobPresignedUrlConfig = new AwsJobPresignedUrlConfig { ExpiresInSec = 59 } },
            "presign 3601" => request with { AwsJobPresignedUrlConfig = new AwsJobPresignedUrlConfig { ExpiresInSec = 3601 } },
            "timeout" => request with { AwsJobTimeoutConfig = new TimeoutConfig { InProgressTimeoutInMinutes = 10081 } },
            "no location" => At(null),
            "empty location" => At(new FileLocation()),
            "two locations" => At(new FileLocation { Stream = new StreamReference { StreamId = "s", FileId = 0 }, S3Location = new S3Location("b", "k") }),
            "no bucket" => At(new FileLocation { S3Location = new S3Location(null, "k") }),
            "no key" => At(new FileLocation { S3Location = new S3Location("b", null) }),
            "no stream id" => At(new FileLocation { Stream = new StreamReference { FileId = 0 } }),
            "no file id" => At(new FileLocation { Stream = new StreamReference { StreamId = "s" } }),
            "mixed" => request with { Files = [File(), fromStream] },
            "two streams" => request with
            {
                Files = [fromStream, File() with { FileLocation = new FileLocation { Stream = new StreamReference { StreamId = "other", FileId = 1 } } }],
            },
            "file twice" => request with { Files = [fromStream, fromStream] },
            "two signings" => With(Signed() with { AwsSignerJobId = "job" }),
            "profile with a hyphen" => With(new CodeSigning { StartSigningJobParameter = new StartSigningJobParameter { SigningProfileName = "my-profile" } }),
            "no profile" => With(new CodeSigning { StartSigningJobParameter = new StartSigningJobParameter() }),
            "no signature" => With(new CodeSigning { CustomCodeSigning = custom with { Signature = null } }),
            "no hash" => With(new CodeSigning { CustomCodeSigning = custom with { HashAlgorithm = null } }),
            "no algorithm" => With(new CodeSigning { CustomCodeSigning = custom with { SignatureAlgorithm = null } }),
            "51 files" => request with { Files = [.. Enumerable.Repeat(File(), 51)] },
            "11 HTTP files" => request with { Protocols = ["HTTP"], Files = [.. Enumerable.Repeat(File(), 11)] },
            "abort" => request with
            {
                AwsJobAbortConfig = new AwsJobAbortConfig
                {
                    AbortCriteriaList = [new AbortCriteria { Action = "CANCEL", FailureType = "FAILED", MinNumberOfExecutedThings = 1, ThresholdPercentage = 10.999 }],
                },
            },
            "exponential" => request with
            {
                AwsJobExecutionsRolloutConfig = new JobExecutionsRolloutConfig { ExponentialRate = new ExponentialRolloutRate { BaseRatePerMinute = 5, IncrementFactor = 2 } },
            },
            "tag twice" => request with { Tags = [new Tag { Key = "a" }, new Tag { Key = "a" }] },
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
    }
}
