using System.Text.Json;

namespace Godwit.Server.Tests.Http;

/// <summary>What the model says of jobs' newer members, through the door: names, forms and constraints.</summary>
public sealed class JobWireTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Event_switches_are_written_with_a_capital_letter()
    {
        using var client = _server.Client("iot");
        Assert.Equal(200, (await client.Send("PATCH", "/event-configurations", """{"eventConfigurations":{"JOB":{"Enabled":true},"THING":{"Enabled":false}}}""")).Status);
        var shown = (await client.Get("/event-configurations")).Json;
        Assert.True(shown.GetProperty("eventConfigurations").GetProperty("JOB").GetProperty("Enabled").GetBoolean());
        Assert.False(shown.GetProperty("eventConfigurations").GetProperty("CERTIFICATE").GetProperty("Enabled").GetBoolean());
        Assert.True(shown.GetProperty("creationDate").GetDouble() > 0);
        Assert.Equal(400, (await client.Send("PATCH", "/event-configurations", """{"eventConfigurations":{"NONE":{"Enabled":true}}}""")).Status);
    }

    [Fact]
    public async Task Templates_schedules_and_retries_come_and_go_under_AWSs_names()
    {
        using var client = _server.Client("iot");
        Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        Assert.Equal(200, (await client.Send("POST", "/thing-groups/g", "{}")).Status);
        var made = await client.Send(
            "PUT", "/job-templates/nightly",
            """{"description":"nightly","document":"{}","maintenanceWindows":[{"startTime":"cron(0 2 ? * * *)","durationInMinutes":60}],"jobExecutionsRetryConfig":{"criteriaList":[{"failureType":"FAILED","numberOfRetries":2}]}}""");
        Assert.Equal("arn:aws:iot:us-east-1:000000000000:jobtemplate/nightly", made.Json.GetProperty("jobTemplateArn").GetString());
        Assert.Equal((409, "ConflictException"), await Outcome(client.Send("PUT", "/job-templates/nightly", """{"description":"x","document":"{}"}""")));
        var described = (await client.Get("/job-templates/nightly")).Json;
        Assert.Equal(JsonValueKind.Null, described.GetProperty("timeoutConfig").GetProperty("inProgressTimeoutInMinutes").ValueKind);
        Assert.Equal(1, (await client.Get("/job-templates")).Json.GetProperty("jobTemplates").GetArrayLength());
        Assert.Equal(7, (await client.Get("/managed-job-templates")).Json.GetProperty("managedJobTemplates").GetArrayLength());
        Assert.Equal("1.0", (await client.Get("/managed-job-templates/AWS-Reboot")).Json.GetProperty("templateVersion").GetString());

        Assert.Equal(200, (await client.Send(
            "PUT", "/jobs/j",
            """{"targets":["arn:aws:iot:us-east-1:000000000000:thinggroup/g"],"targetSelection":"CONTINUOUS","jobTemplateArn":"arn:aws:iot:us-east-1:000000000000:jobtemplate/nightly"}""")).Status);
        var job = (await client.Get("/jobs/j")).Json.GetProperty("job");
        Assert.Equal(7, job.GetProperty("scheduledJobRollouts").GetArrayLength());
        Assert.EndsWith("T02:00", job.GetProperty("scheduledJobRollouts")[0].GetProperty("startTime").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, job.GetProperty("jobExecutionsRetryConfig").GetProperty("criteriaList")[0].GetProperty("numberOfRetries").GetInt32());
        Assert.Equal((400, "InvalidRequestException"), await Outcome(client.Send(
            "PUT", "/jobs/k",
            """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/a"],"document":"{}","schedulingConfig":{"maintenanceWindows":[{"startTime":"cron(0 2 ? * * *)","durationInMinutes":1431}]}}""")));
        Assert.Equal(200, (await client.Send("DELETE", "/job-templates/nightly", "")).Status);
    }

    [Fact]
    public async Task Nothing_on_the_wire_reaches_a_jobs_inner_members()
    {
        using var client = _server.Client("iot");
        Assert.Equal(200, (await client.Send("POST", "/things/a", "{}")).Status);
        Assert.Equal(200, (await client.Send(
            "PUT", "/jobs/j",
            """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/a"],"document":"{}","controls":{"MaxInFlight":1},"Controls":{"MaxInFlight":1},"scheduleChecked":true}""")).Status);
        var controls = await _server.Get<Server.Storage.Database>().Read(
            session => session.First<string>("SELECT controls FROM job WHERE job_id = 'j'"), TestContext.Current.CancellationToken);
        Assert.Null(controls);
    }

    private static async Task<(int, string?)> Outcome(Task<Answer> answer) => ((await answer).Status, (await answer).Exception);
}
