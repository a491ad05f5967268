using System.Text.Json.Nodes;
using Godwit.Server.Http;
using Godwit.Server.Jobs;
using Godwit.Server.Jobs.Templates;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobTemplateTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_template_is_made_once_shown_with_AWSs_nulls_listed_newest_first_and_deleted()
    {
        Assert.Equal("arn:aws:iot:us-east-1:000000000000:jobtemplate/one", (await Make("one")).JobTemplateArn);
        JobsHost.Refused(await TryMake("one"), "ConflictException", 409, "Job Template one already exists.");
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await Make("two");
        var listed = JobsHost.Ok(await _host.Get<ListJobTemplates>().Handle(JobsHost.Caller, new() { MaxResults = 1 }, JobsHost.Ct));
        Assert.Equal("two", Assert.Single(listed.JobTemplates).JobTemplateId);
        listed = JobsHost.Ok(await _host.Get<ListJobTemplates>().Handle(JobsHost.Caller, new() { MaxResults = 1, NextToken = listed.NextToken }, JobsHost.Ct));
        Assert.Equal(("one", null), (Assert.Single(listed.JobTemplates).JobTemplateId, listed.NextToken));

        var shown = JobsHost.Ok(await _host.Get<DescribeJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "one" }, JobsHost.Ct));
        Assert.Equal(
            """{"jobTemplateArn":"arn:aws:iot:us-east-1:000000000000:jobtemplate/one","jobTemplateId":"one","description":"of use","document":"{\"do\":\"it\"}","createdAt":1800000000,"presignedUrlConfig":{"roleArn":null,"expiresInSec":null},"jobExecutionsRolloutConfig":{"maximumPerMinute":null,"exponentialRate":null},"timeoutConfig":{"inProgressTimeoutInMinutes":null}}""",
            JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(shown, WireJson.Options))!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

        JobsHost.Ok(await _host.Get<DeleteJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "one" }, JobsHost.Ct));
        foreach (var gone in (string?[])[
            (await _host.Get<DeleteJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "one" }, JobsHost.Ct)).Error?.Message,
            (await _host.Get<DescribeJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "one" }, JobsHost.Ct)).Error?.Message])
            Assert.Equal("Job Template one cannot be found.", gone);
    }

    [Fact]
    public async Task A_job_takes_from_its_template_what_it_does_not_say_itself_but_not_the_description()
    {
        var template = await Make("t", request => request with
        {
            TimeoutConfig = new() { InProgressTimeoutInMinutes = 7 }, JobExecutionsRolloutConfig = new() { MaximumPerMinute = 50 },
            MaintenanceWindows = [new() { StartTime = "cron(0 2 ? * MON *)", DurationInMinutes = 60 }],
        });
        await _host.MakeThings("dev7");
        await _host.MakeGroup("g", "dev7");
        JobsHost.Ok(await _host.TryCreate("job", [JobsHost.GroupArn("g")], request => request with
        {
            Document = null, JobTemplateArn = template.JobTemplateArn, TargetSelection = "CONTINUOUS", JobExecutionsRolloutConfig = new() { MaximumPerMinute = 9 },
        }));
        var job = await _host.Job("job");
        Assert.Equal((template.JobTemplateArn, 7L, 9, null), (job.JobTemplateArn, job.TimeoutConfig!.InProgressTimeoutInMinutes, job.JobExecutionsRolloutConfig!.MaximumPerMinute, job.Description));
        Assert.Equal("cron(0 2 ? * MON *)", Assert.Single(job.SchedulingConfig!.MaintenanceWindows!).StartTime);
        Assert.Equal("""{"do":"it"}""", await Document("job", before: false));
        // A template's windows do not go with a snapshot.
        JobsHost.Refused(
            await _host.TryCreate("no", [JobsHost.GroupArn("g")], request => request with { Document = null, JobTemplateArn = template.JobTemplateArn }),
            "InvalidRequestException", 400, "TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job.");
    }

    [Fact]
    public async Task A_template_of_a_job_has_the_jobs_document_and_configs_unless_told_otherwise()
    {
        await _host.MakeThings("dev7");
        await _host.Create("job", [JobsHost.ThingArn("dev7")], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 7 } });
        var arn = JobsHost.Caller.IotArn("job/job");
        await Make("same", request => request with { Document = null, JobArn = arn });
        await Make("other", request => request with { Document = """{"do":"more"}""", JobArn = arn });
        var same = JobsHost.Ok(await _host.Get<DescribeJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "same" }, JobsHost.Ct));
        var other = JobsHost.Ok(await _host.Get<DescribeJobTemplate>().Handle(JobsHost.Caller, new() { JobTemplateId = "other" }, JobsHost.Ct));
        Assert.Equal(("""{"do":"it"}""", 7L, """{"do":"more"}""", 7L), (same.Document, same.TimeoutConfig.InProgressTimeoutInMinutes, other.Document, other.TimeoutConfig.InProgressTimeoutInMinutes));
    }

    [Fact]
    public async Task A_managed_templates_parameters_are_filled_in_and_those_nobody_gave_go_away()
    {
        await _host.MakeThings("dev7");
        var listed = JobsHost.Ok(await _host.Get<ListManagedJobTemplates>().Handle(JobsHost.Caller, new() { TemplateName = "AWS-Download-File" }, JobsHost.Ct));
        var arn = Assert.Single(listed.ManagedJobTemplates).TemplateArn;
        Assert.Equal("arn:aws:iot:us-east-1::jobtemplate/AWS-Download-File:1.0", arn);
        CreateJob.Request With(CreateJob.Request request, params (string Key, string Value)[] parameters) => request with
        {
            Document = null, JobTemplateArn = arn, DocumentParameters = parameters.ToDictionary(pair => pair.Key, pair => pair.Value),
        };
        JobsHost.Ok(await _host.TryCreate(
            "job", [JobsHost.ThingArn("dev7")], request => With(request, ("downloadUrl", "https://e/x?a=\"${aws:iot:parameter:filePath}\""), ("filePath", "/f"))));
        Assert.Equal(
            """{"version":"1.0","steps":[{"action":{"name":"Download-File","type":"runHandler","input":{"handler":"download-file.sh","args":["https://e/x?a=\"${aws:iot:parameter:filePath}\"","/f"]}}}]}""",
            await Document("job", before: false));
        Assert.Contains("\"${aws:iot:parameter:downloadUrl}\"", await Document("job", before: true), StringComparison.Ordinal);
        Assert.StartsWith("documentParameters lacks filePath", (await _host.TryCreate("no", [JobsHost.ThingArn("dev7")], request => With(request, ("downloadUrl", "u")))).Error?.Message, StringComparison.Ordinal);
        Assert.StartsWith("documentParameters names color", (await _host.TryCreate("no", [JobsHost.ThingArn("dev7")], request => With(request, ("color", "red")))).Error?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arn:aws:iot:us-east-1:000000000000:job/x", "InvalidRequestException", "Resource type should be jobtemplate but found invalid resource type job")]
    [InlineData("arn:aws:iot:us-east-1:000000000000:jobtemplate/x", "ResourceNotFoundException", "Job Template x cannot be found.")]
    public async Task A_template_that_is_none_is_refused(string arn, string code, string message)
    {
        await _host.MakeThings("dev7");
        JobsHost.Refused(
            await _host.TryCreate("job", [JobsHost.ThingArn("dev7")], request => request with { Document = null, JobTemplateArn = arn }), code, code[0] == 'I' ? 400 : 404, message);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        JobsHost.Refused(await TryMake("t", request => request with { Document = null }), "InvalidRequestException", 400, "Neither job document nor job document source is specified.");
        JobsHost.Refused(
            await TryMake("t", request => request with { DocumentSource = "https://s3.amazonaws.com/b/k" }), "InvalidRequestException", 400,
            "Job document and job document source cannot be specified at the same time.");
        await _host.MakeThings("dev7");
        JobsHost.Refused(
            await _host.TryCreate("job", [JobsHost.ThingArn("dev7")], request => request with { DocumentParameters = new Dictionary<string, string> { ["a"] = "b" } }),
            "InvalidRequestException", 400, "documentParameters can be used with AWS managed templates only. Name one in jobTemplateArn, or leave documentParameters out.");
    }

    private async Task<CreateJobTemplate.Response> Make(string id, Func<CreateJobTemplate.Request, CreateJobTemplate.Request>? with = null) => JobsHost.Ok(await TryMake(id, with));

    private Task<Core.Result<CreateJobTemplate.Response>> TryMake(string id, Func<CreateJobTemplate.Request, CreateJobTemplate.Request>? with = null)
    {
        var request = new CreateJobTemplate.Request { JobTemplateId = id, Description = "of use", Document = """{"do":"it"}""" };
        return _host.Get<CreateJobTemplate>().Handle(JobsHost.Caller, with?.Invoke(request) ?? request, JobsHost.Ct);
    }

    private async Task<string> Document(string jobId, bool before) =>
        JobsHost.Ok(await _host.Get<GetJobDocument>().Handle(JobsHost.Caller, new() { JobId = jobId, BeforeSubstitution = before }, JobsHost.Ct)).Document;
}
