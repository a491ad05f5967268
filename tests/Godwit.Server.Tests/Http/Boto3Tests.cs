using System.Diagnostics;

namespace Godwit.Server.Tests.Http;

/// <summary>An SDK that AWS wrote, untouched, signs and reads; whatever boto3 is installed, old or new.</summary>
public sealed class Boto3Tests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Script =
        """
        import os, boto3, botocore
        from botocore.config import Config
        session = boto3.Session(os.environ["ID"], os.environ["SECRET"], region_name="us-east-1")
        once = Config(retries={"max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"})
        def client(name): return session.client(name, endpoint_url=os.environ["URL"], config=once)
        def refused(call, **args):
            try: call(**args)
            except botocore.exceptions.ClientError as e: return e.response["Error"]["Code"], e.response["Error"]["Message"], e.response["ResponseMetadata"]["HTTPStatusCode"]
            raise SystemExit(f"{call} was not refused")

        who = client("sts").get_caller_identity()
        assert who["Account"] == "000000000000" and who["Arn"].endswith(os.environ["ID"]), who

        iot = client("iot")
        thing = iot.create_thing(thingName="boto:dev-7", attributePayload={"attributes": {"a": "b"}})
        assert thing["thingArn"] == "arn:aws:iot:us-east-1:000000000000:thing/boto:dev-7", thing
        assert iot.describe_thing(thingName="boto:dev-7")["attributes"] == {"a": "b"}
        assert refused(iot.describe_thing, thingName="nobody")[::2] == ("ResourceNotFoundException", 404)
        code, message, status = refused(iot.list_things, maxResults=251)
        assert (code, status) == ("InvalidRequestException", 400), code
        assert message == "1 validation error detected: Value '251' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 250", message
        assert refused(iot.list_topic_rules)[0] == "UnknownOperationException"

        s3 = client("s3")
        s3.create_bucket(Bucket="boto-bucket")
        content = os.urandom(300_000)
        s3.put_object(Bucket="boto-bucket", Key="a dir/ü+~*'()//../k", Body=content, Metadata={"colour": "red"})
        got = s3.get_object(Bucket="boto-bucket", Key="a dir/ü+~*'()//../k")
        assert got["Body"].read() == content and got["Metadata"] == {"colour": "red"}
        assert refused(s3.get_object, Bucket="boto-bucket", Key="none")[0] == "NoSuchKey"
        import urllib.request
        # Left to itself boto3 signs URLs of this region by version 2, which is refused by name.
        s3 = session.client("s3", endpoint_url=os.environ["URL"], config=once.merge(Config(signature_version="s3v4")))
        url = s3.generate_presigned_url("get_object", {"Bucket": "boto-bucket", "Key": "a dir/ü+~*'()//../k"}, ExpiresIn=60)
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == content
            assert len(str(answer.headers)) < 1024, str(answer.headers)
        wrong = boto3.Session(os.environ["ID"], "wrong", region_name="us-east-1")
        assert refused(wrong.client("iot", endpoint_url=os.environ["URL"], config=once).list_things)[::2] == ("InvalidSignatureException", 403)
        assert refused(wrong.client("s3", endpoint_url=os.environ["URL"], config=once).list_buckets)[::2] == ("SignatureDoesNotMatch", 403)
        print("all held with", boto3.__version__)
        """;

    [Theory]
    [InlineData("python3")]
    [InlineData("/usr/bin/python3")]
    public async Task Boto3_signs_binds_and_reads(string python)
    {
        Assert.SkipUnless((await Run(python, "import boto3")).ExitCode == 0, $"{python} has no boto3.");
        var (exitCode, output) = await Run(python, Script);
        Assert.True(exitCode == 0, output);
    }

    private async Task<(int ExitCode, string Output)> Run(string python, string script)
    {
        var start = new ProcessStartInfo(python, ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ID"] = TestServer.Key.Id;
        start.Environment["SECRET"] = TestServer.Key.Secret;
        start.Environment["URL"] = fixture.Server.Address.ToString().TrimEnd('/');
        try
        {
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, $"{python} is not installed.");
        }
    }
}
