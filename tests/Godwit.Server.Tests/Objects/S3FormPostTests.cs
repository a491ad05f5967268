using System.Net.Http.Headers;
using System.Text;
using Godwit.Core.Access;

namespace Godwit.Server.Tests.Objects;

/// <summary>Uploads by a form whose policy was signed beforehand, and forms that were tampered with.</summary>
public sealed class S3FormPostTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        await new S3Client(_server).WithBucket("firmware");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_form_with_a_good_policy_stores_the_file()
    {
        var answer = await Post(Form("fw/${filename}"), "image", "app.bin");
        Assert.Equal(204, answer.Status);
        var got = await new S3Client(_server).Get("firmware", "fw/app.bin");
        Assert.Equal(("image", "text/x"), (got.Text, got.Header("Content-Type")));
        var created = await Post(Form("fw/b", ("success_action_status", "201")), "image", "b");
        Assert.Equal(201, created.Status);
        Assert.Contains("<Key>fw/b</Key>", created.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_its_policy_does_not_cover_is_refused_and_stores_nothing()
    {
        var good = Form("fw/a");
        Assert.Equal(403, (await Post(With(good, "key", "other/a"), "x", "a")).Status);
        Assert.Equal(403, (await Post(With(good, "x-amz-meta-more", "1"), "x", "a")).Status);
        Assert.Equal(403, (await Post(With(good, "x-amz-signature", new string('0', 64)), "x", "a")).Status);
        Assert.Equal(403, (await Post(With(good, "policy", Convert.ToBase64String("{}"u8)), "x", "a")).Status);
        Assert.Equal(403, (await Post(With(good, "x-amz-credential", good["x-amz-credential"].Replace(TestServer.Key.Id, TestServer.OtherKey.Id, StringComparison.Ordinal)), "x", "a")).Status);
        Assert.Equal(403, (await Post(Form("fw/a", seconds: -1), "x", "a")).Status);
        Assert.Equal(400, (await Post(good, new string('x', 101), "a")).Status);
        Assert.Equal(400, (await Post(good, "", "a")).Status);
        var unsigned = new Dictionary<string, string>(good);
        unsigned.Remove("policy");
        Assert.Equal(403, (await Post(unsigned, "x", "a")).Status);
        Assert.Equal("NoSuchKey", (await new S3Client(_server).Get("firmware", "fw/a")).Code);
        Assert.Equal("NoSuchKey", (await new S3Client(_server).Get("firmware", "other/a")).Code);
    }

    private Dictionary<string, string> Form(string key, (string Name, string Value)? more = null, int seconds = 600)
    {
        var now = _server.Time.GetUtcNow();
        var scope = SigV4Scope.At(now, "us-east-1", "s3");
        var fields = new Dictionary<string, string>
        {
            ["key"] = key, ["Content-Type"] = "text/x", ["x-amz-algorithm"] = "AWS4-HMAC-SHA256", ["x-amz-credential"] = $"{TestServer.Key.Id}/{scope}",
            ["x-amz-date"] = SigV4Scope.Timestamp(now),
        };
        if (more is { } extra)
            fields[extra.Name] = extra.Value;
        var conditions = string.Join(',', fields.Where(field => field.Key != "key").Select(field => $$"""{"{{field.Key}}":"{{field.Value}}"}"""));
        var policy = $$"""{"expiration":"{{now.AddSeconds(seconds):yyyy-MM-dd'T'HH:mm:ss'Z'}}","conditions":[{"bucket":"firmware"},["starts-with","$key","fw/"],["content-length-range",1,100],{{conditions}}]}""";
        fields["policy"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(policy));
        fields["x-amz-signature"] = SigV4.Signature(SigV4.SigningKey(TestServer.Key.Secret, scope), fields["policy"]);
        return fields;
    }

    private static Dictionary<string, string> With(Dictionary<string, string> form, string name, string value) => new(form) { [name] = value };

    private async Task<Answer> Post(Dictionary<string, string> fields, string content, string fileName)
    {
        using var http = new HttpClient();
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value) { Headers = { ContentType = null } }, $"\"{name}\"");
        var file = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        form.Add(file, "\"file\"", fileName);
        return await Answer.Read(await http.PostAsync(new Uri(_server.Address, "/firmware"), form, TestContext.Current.CancellationToken));
    }
}
