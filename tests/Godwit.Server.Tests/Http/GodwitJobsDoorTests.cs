namespace Godwit.Server.Tests.Http;

public sealed class GodwitJobsDoorTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_running_job_is_steered_and_its_story_read_over_the_wire()
    {
        using var client = _server.Client("iot");
        Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        Assert.Equal(200, (await client.Send(
            "PUT", "/jobs/rel42",
            """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/a"],"document":"{}","jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"FAILED","numberOfRetries":1}]}}""")).Status);

        var paused = (await client.Send("POST", "/godwit/jobs/rel42/pause", "")).Json;
        Assert.Equal(("rel42", "IN_PROGRESS", true), (paused.GetProperty("jobId").GetString(), paused.GetProperty("status").GetString(), paused.GetProperty("paused").GetBoolean()));
        Assert.True((await client.Get("/godwit/jobs/rel42")).Json.GetProperty("paused").GetBoolean());
        Assert.False((await client.Send("POST", "/godwit/jobs/rel42/resume", "")).Json.GetProperty("paused").GetBoolean());
        Assert.Equal(7, (await client.Send("POST", "/godwit/jobs/rel42/rate", """{"maximumPerMinute":7}""")).Json.GetProperty("maximumPerMinute").GetInt32());
        var job = (await client.Get("/jobs/rel42")).Json.GetProperty("job");
        Assert.Equal(7, job.GetProperty("jobExecutionsRolloutConfig").GetProperty("maximumPerMinute").GetInt32());
        Assert.False(job.TryGetProperty("paused", out _));

        var kinds = (await client.Get("/godwit/journal?job=rel42")).Json.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("kind").GetString()).ToList();
        Assert.Equal("CreateJob", kinds[0]);
        Assert.Equal(["PauseJob", "ResumeJob", "UpdateJob"], kinds.Where(kind => kind is "PauseJob" or "ResumeJob" or "UpdateJob"));
    }

    [Theory]
    [InlineData("POST", "/godwit/jobs/none/pause", "", 404, "ResourceNotFoundException")]
    [InlineData("POST", "/godwit/jobs/none/rate", "{}", 400, "InvalidRequestException")]
    [InlineData("POST", "/godwit/jobs/none/rate", "[", 400, "InvalidRequestException")]
    [InlineData("POST", "/godwit/jobs/none/rate", "{\"maximumPerMinute\":0}", 400, "InvalidRequestException")]
    [InlineData("GET", "/godwit/jobs/none", null, 404, "ResourceNotFoundException")]
    [InlineData("GET", "/godwit/jobs/none?asOf=yesterday", null, 400, "InvalidRequestException")]
    [InlineData("GET", "/godwit/journal?thing=a&maxResults=x", null, 400, "InvalidRequestException")]
    [InlineData("GET", "/godwit/journal?thing=a&nextToken=x", null, 400, "InvalidRequestException")]
    [InlineData("POST", "/godwit/jobs", "", 404, "UnknownOperationException")]
    public async Task What_cannot_be_is_refused(string method, string path, string? body, int status, string exception)
    {
        using var client = _server.Client("iot");
        var answer = body is null ? await client.Get(path) : await client.Send(method, path, body);
        Assert.Equal((status, exception), (answer.Status, answer.Exception));
    }
}
