using System.Text;
using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Http;

/// <summary>
/// What AWS refuses of a job operation's members, alone and together, through the door: exception, status and words. A row's <c>…</c> stands for whatever comes.
/// </summary>
public sealed class JobInputTests(JobInputTests.Desk desk) : IClassFixture<JobInputTests.Desk>
{
    private const string Invalid = "400 InvalidRequestException", NotFound = "404 ResourceNotFoundException", Conflict = "409 InvalidStateTransitionException",
        Limit = "410 LimitExceededException", Taken = "409 ResourceAlreadyExistsException";

    /// <summary>A job that could be; a row adds what is wrong with it.</summary>
    private const string Good = "\"targets\":[\"arn:aws:iot:us-east-1:000000000000:thing/a\"]", Document = ",\"document\":\"{}\"", Continuous = ",\"targetSelection\":\"CONTINUOUS\"";

    public static TheoryData<string, string, string> CreateJob => new()
    {
        { Good, Invalid, "Neither job document nor job document source is specified." },
        { Good + Document + ",\"documentSource\":\"https://s3.amazonaws.com/b/k\"", Invalid, "Job document and job document source cannot be specified at the same time." },
        { Good + ",\"document\":\"{\"", Invalid, "The job document is not valid JSON: …" },
        { Good + ",\"documentSource\":\"https://s3.amazonaws.com/none/k\"", Invalid, "The job document cannot be read from documentSource https://s3.amazonaws.com/none/k: …" },
        { Good + ",\"documentSource\":\"nowhere\"", Invalid, "The job document cannot be read from documentSource nowhere: it is no URL of an object. …" },
        { "\"targets\":[]" + Document, Invalid, "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1" },
        { "\"targets\":[\"arn:aws:iot:us-east-1:000000000000:thing/none\"]" + Document, NotFound, "Target arn:aws:iot:us-east-1:000000000000:thing/none cannot be found. …" },
        { "\"targets\":[\"arn:aws:iot:us-east-1:000000000000:thing/a\",\"arn:aws:iot:us-east-1:000000000000:thing/a\"]" + Document, Invalid, "Target arn:aws:iot:us-east-1:000000000000:thing/a is given twice. …" },
        { Good + Document + ",\"targetSelection\":\"SOME\"", Invalid, "1 validation error detected: Value 'SOME' at 'targetSelection' failed to satisfy constraint: Member must satisfy enum value set: …" },
        { Good + ",\"document\":\"{\\\"u\\\":\\\"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}\\\"}\"", Invalid, "The job document has presigned URL placeholders, but presignedUrlConfig.roleArn is not given. …" },
        { Good + ",\"document\":\"{\\\"u\\\":\\\"${aws:iot:s3-presigned-url-upload:https://s3.amazonaws.com/b/${jobId}${jobId}${jobId}}\\\"}\",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::000000000000:role/r\"}", Invalid, "The key of an upload in the job document holds ${jobId} more than twice. …" },
        { Good + Document + ",\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:iam::000000000000:user/who\"}", Invalid, "Given role arn:aws:iam::000000000000:user/who is invalid." },
        { Good + Document + ",\"presignedUrlConfig\":{\"expiresInSec\":59}", Invalid, "1 validation error detected: Value '59' at 'presignedUrlConfig.expiresInSec' failed to satisfy constraint: Member must have value greater than or equal to 60" },
        { Good + Document + ",\"presignedUrlConfig\":{\"expiresInSec\":3601}", Invalid, "1 validation error detected: Value '3601' at 'presignedUrlConfig.expiresInSec' failed to satisfy constraint: Member must have value less than or equal to 3600" },
        { Good + Document + ",\"jobExecutionsRolloutConfig\":{}", Invalid, "Provide MaximumPerMinute value or provide ExponentialRate and MaximumPerMinute" },
        { Good + Document + ",\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":1001}", Invalid, "…'jobExecutionsRolloutConfig.maximumPerMinute' failed to satisfy constraint: Member must have value less than or equal to 1000" },
        { Good + Document + ",\"jobExecutionsRolloutConfig\":{\"maximumPerMinute\":0}", Invalid, "…Member must have value greater than or equal to 1" },
        { Good + Document + Rate(null, 10, "2", "\"numberOfNotifiedThings\":1"), Invalid, "Provide MaximumPerMinute value when ExponentialRate is defined" },
        { Good + Document + Rate(10, 10, "2", "\"numberOfNotifiedThings\":1"), Invalid, "Exponential rollout baseRatePerMinute should be less than maximumPerMinute." },
        { Good + Document + Rate(50, 10, "2", ""), Invalid, "Provide either NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined" },
        { Good + Document + Rate(50, 10, "2", "\"numberOfNotifiedThings\":1,\"numberOfSucceededThings\":1"), Invalid, "Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined" },
        { Good + Document + Rate(50, 10, "1.0", "\"numberOfNotifiedThings\":1"), Invalid, "…'jobExecutionsRolloutConfig.exponentialRate.incrementFactor' failed to satisfy constraint: Member must have value greater than or equal to 1.1" },
        { Good + Document + Rate(50, 10, "5.1", "\"numberOfNotifiedThings\":1"), Invalid, "…Member must have value less than or equal to 5" },
        { Good + Document + Rate(50, 10, "1.25", "\"numberOfNotifiedThings\":1"), Invalid, "incrementFactor can have one decimal, and is 1.25." },
        { Good + Document + Abort(""), Invalid, "…'abortConfig.criteriaList' failed to satisfy constraint: Member must have length greater than or equal to 1" },
        { Good + Document + Abort(Criterion("101")), Invalid, "1 validation error detected: Value '101.0' at 'abortConfig.criteriaList.1.member.thresholdPercentage' failed to satisfy constraint: Member must have value less than or equal to 100" },
        { Good + Document + Abort(Criterion("0")), Invalid, "thresholdPercentage must be greater than 0 and at most 100, and is 0." },
        { Good + Document + Abort(Criterion("12.345")), Invalid, "thresholdPercentage can have two decimals, and is 12.345." },
        { Good + Document + Abort("{\"failureType\":\"FAILED\",\"action\":\"PAUSE\",\"thresholdPercentage\":1,\"minNumberOfExecutedThings\":1}"), Invalid, "…Member must satisfy enum value set: [CANCEL]" },
        { Good + Document + Abort("{\"failureType\":\"FAILED\",\"action\":\"CANCEL\",\"thresholdPercentage\":1,\"minNumberOfExecutedThings\":0}"), Invalid, "…Member must have value greater than or equal to 1" },
        { Good + Document + Abort("{\"failureType\":\"FAILED\",\"action\":\"CANCEL\",\"thresholdPercentage\":1}"), Invalid, "…minNumberOfExecutedThings' failed to satisfy constraint: Member must not be null" },
        { Good + Document + ",\"timeoutConfig\":{}", Invalid, "Provide valid timeout value, inProgressTimeoutInMinutes cannot be null." },
        { Good + Document + ",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":0}", Invalid, "Provide valid timeout value, inProgressTimeoutInMinutes cannot be 0." },
        { Good + Document + ",\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":10081}", Invalid, "Provide valid timeout value, inProgressTimeoutInMinutes cannot be 10081." },
        { Good + Document + Retry(("ALL", 1), ("FAILED", 1)), Invalid, "A retryCriteria with failure type ALL must be used by itself." },
        { Good + Document + Retry(("FAILED", 1), ("FAILED", 1)), Invalid, "A failure type is given twice in retryCriteria. …" },
        { Good + Document + Retry(("FAILED", 6), ("TIMED_OUT", 5)), Invalid, "A thing can have 10 retries over all failure types. …" },
        { Good + Document + Retry(("FAILED", 11)), Invalid, "…Member must have value less than or equal to 10" },
        { Good + Document + Retry(("TIMED_OUT", 1)), Invalid, "Retries for TIMED_OUT need a timeoutConfig, and none is given. …" },
        { Good + Document + Retry(("REJECTED", 1)), Invalid, "…'jobExecutionsRetryConfig.criteriaList.1.member.failureType' failed to satisfy constraint: Member must satisfy enum value set: …" },
        { Good + Document + ",\"schedulingConfig\":{\"startTime\":\"soon\"}", Invalid, "startTime 'soon' is not a time. …" },
        { Good + Document + ",\"schedulingConfig\":{\"startTime\":\"2001-01-01T00:00\"}", Invalid, "startTime 2001-01-01T00:00 must lie at least 30 minutes in the future; …" },
        { Good + Document + ",\"schedulingConfig\":{\"startTime\":\"2999-01-01T00:00\"}", Invalid, "startTime 2999-01-01T00:00 must lie within 1 year from now." },
        { Good + Document + ",\"schedulingConfig\":{\"endTime\":\"2999-01-01T00:00\"}", Invalid, "endTime 2999-01-01T00:00 must lie within 2 years from now." },
        { Good + Document + ",\"schedulingConfig\":{\"endBehavior\":\"CANCEL\"}", Invalid, "endBehavior CANCEL is given without endTime. …" },
        { Good + Document + Window("cron(0 2 ? * * *)", 60), Invalid, "TargetSelection is invalid. MaintenanceWindow cannot be used with SNAPSHOT job." },
        { Good + Document + Continuous + Window("whenever", 60), Invalid, "The startTime 'whenever' of a maintenance window is not a cron expression: …" },
        { Good + Document + Continuous + Window("cron(0 2 ? * * *)", 1431), Invalid, "…'schedulingConfig.maintenanceWindows.1.member.durationInMinutes' failed to satisfy constraint: Member must have value less than or equal to 1430" },
        { Good + ",\"jobTemplateArn\":\"arn:aws:iot:us-east-1:000000000000:job/snap\"", Invalid, "Resource type should be jobtemplate but found invalid resource type job" },
        { Good + ",\"jobTemplateArn\":\"arn:aws:iot:us-east-1:000000000000:jobtemplate/none\"", NotFound, "Job Template none cannot be found." },
        { Good + Document + ",\"documentParameters\":{\"a\":\"b\"}", Invalid, "documentParameters can be used with AWS managed templates only. …" },
        { Good + Document + ",\"destinationPackageVersions\":[" + string.Join(',', Enumerable.Repeat("\"arn:aws:iot:us-east-1:000000000000:package/p/version/1\"", 26)) + "]", Invalid, "…at 'destinationPackageVersions' failed to satisfy constraint: Member must have length less than or equal to 25" },
        { Good + Document + ",\"description\":\"a\\u0001b\"", Invalid, "…at 'description' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\p{C}]+" },
    };

    public static TheoryData<string, string, string, string, string> Others => new()
    {
        { "PUT", "/jobs/snap", "{" + Good + Document + "}", Taken, "Job snap already exists." },
        { "PUT", "/jobs/" + new string('x', 65), "{" + Good + Document + "}", Invalid, "…at 'jobId' failed to satisfy constraint: Member must have length less than or equal to 64" },
        { "PUT", "/jobs/no.dots", "{" + Good + Document + "}", Invalid, "…at 'jobId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+" },
        { "PUT", "/jobs/many", "{\"targets\":[" + string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"arn:aws:iot:us-east-1:000000000000:thing/t{i}\"")) + "]" + Document + "}", Limit, "A job can have 100 targets, and 101 are given. …" },
        { "GET", "/jobs/none", "", NotFound, "Job none cannot be found." },
        { "GET", "/jobs/none/job-document", "", NotFound, "Job none cannot be found." },
        { "GET", "/jobs/none/things", "", NotFound, "Job none cannot be found." },
        { "GET", "/jobs/snap/things?maxResults=251", "", Invalid, "…at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 250" },
        { "GET", "/jobs/snap/things?status=DONE", "", Invalid, "…at 'status' failed to satisfy constraint: Member must satisfy enum value set: …" },
        { "GET", "/jobs?maxResults=0", "", Invalid, "…Member must have value greater than or equal to 1" },
        { "GET", "/jobs?nextToken=junk", "", Invalid, "Next token is invalid." },
        { "GET", "/jobs?status=DONE", "", Invalid, "…Member must satisfy enum value set: …" },
        { "GET", "/things/none/jobs", "", NotFound, "Thing none cannot be found." },
        { "GET", "/things/a/jobs/none", "", NotFound, "Job execution of job none for thing a cannot be found." },
        { "GET", "/things/a/jobs/snap?executionNumber=7", "", NotFound, "Job execution 7 of job snap for thing a cannot be found." },
        { "PATCH", "/jobs/none", "{\"description\":\"x\"}", NotFound, "Job none cannot be found." },
        { "PATCH", "/jobs/snap", "{}", Invalid, "Update Job request for job snap cannot be empty." },
        { "PATCH", "/jobs/gone", "{\"description\":\"x\"}", Invalid, "Job gone in status CANCELED cannot be updated." },
        { "PATCH", "/jobs/snap", "{\"presignedUrlConfig\":{\"roleArn\":\"arn:aws:s3:::bucket/with/role\"}}", Invalid, "Given role arn:aws:s3:::bucket/with/role is invalid." },
        { "PATCH", "/jobs/snap", "{\"jobExecutionsRolloutConfig\":{}}", Invalid, "Provide MaximumPerMinute value or provide ExponentialRate and MaximumPerMinute" },
        { "PATCH", "/jobs/snap", "{\"timeoutConfig\":{\"inProgressTimeoutInMinutes\":0}}", Invalid, "Provide valid timeout value, inProgressTimeoutInMinutes cannot be 0." },
        { "PATCH", "/jobs/snap", "{" + Abort(Criterion("0"))[1..] + "}", Invalid, "thresholdPercentage must be greater than 0 and at most 100, and is 0." },
        { "PATCH", "/jobs/snap", "{" + Retry(("FAILED", 0))[1..] + "}", Invalid, "RetryConfig cannot be updated if the job has no RetryConfig defined during creation." },
        { "PATCH", "/jobs/cont", "{" + Retry(("FAILED", 1))[1..] + "}", Invalid, "The number of retries cannot be updated to any number other than 0." },
        { "PATCH", "/jobs/cont", "{" + Retry(("ALL", 0))[1..] + "}", Invalid, "FailureTypes must match existing FailureTypes defined in RetryConfig." },
        { "POST", "/jobs/none/targets", "{" + Good + "}", NotFound, "Job none cannot be found." },
        { "POST", "/jobs/snap/targets", "{" + Good + "}", Invalid, "Targets can be associated with a CONTINUOUS job only, and job snap is SNAPSHOT. …" },
        { "POST", "/jobs/gone/targets", "{" + Good + "}", Invalid, "Targets can be associated with a job that is IN_PROGRESS only, and job gone is CANCELED." },
        { "POST", "/jobs/cont/targets", "{\"targets\":[\"arn:aws:iot:us-east-1:000000000000:thinggroup/none\"]}", NotFound, "Target arn:aws:iot:us-east-1:000000000000:thinggroup/none cannot be found. …" },
        { "POST", "/jobs/cont/targets", "{\"targets\":[" + string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"arn:aws:iot:us-east-1:000000000000:thinggroup/t{i}\"")) + "]}", Limit, "A job can have 100 targets, and 101 are given. …" },
        { "PUT", "/jobs/none/cancel", "{}", NotFound, "Job none cannot be found." },
        { "PUT", "/jobs/gone/cancel", "{}", Invalid, "Job gone in status CANCELED cannot be canceled." },
        { "PUT", "/jobs/snap/cancel", "{\"reasonCode\":\"lower\"}", Invalid, "…at 'reasonCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{Upper}\\p{Digit}_]+" },
        { "DELETE", "/jobs/none", "", NotFound, "Job none cannot be found." },
        { "DELETE", "/jobs/snap", "", Conflict, "Job snap in status IN_PROGRESS cannot be deleted. …" },
        { "PUT", "/things/a/jobs/none/cancel", "{}", NotFound, "Job execution of job none for thing a cannot be found." },
        { "PUT", "/things/a/jobs/gone/cancel", "{}", Conflict, "A job execution in status CANCELED cannot be canceled." },
        { "PUT", "/things/a/jobs/snap/cancel", "{\"expectedVersion\":9}", "409 VersionConflictException", "Expected version 9 but found version 1" },
        { "PUT", "/things/a/jobs/snap/cancel", "{\"statusDetails\":{\"no spaces\":\"x\"}}", Invalid, "…" },
        { "DELETE", "/things/a/jobs/snap/executionNumber/1", "", Conflict, "A job execution in status QUEUED cannot be deleted. …" },
        { "DELETE", "/things/a/jobs/snap/executionNumber/2", "", NotFound, "Job execution 2 of job snap for thing a cannot be found." },
        { "PUT", "/job-templates/t", "{\"document\":\"{}\"}", Invalid, "…at 'description' failed to satisfy constraint: Member must not be null" },
        { "PUT", "/job-templates/t", "{\"description\":\"d\"}", Invalid, "Neither job document nor job document source is specified." },
        { "PUT", "/job-templates/t", "{\"description\":\"d\",\"jobArn\":\"arn:aws:iot:us-east-1:000000000000:job/none\"}", NotFound, "Job arn:aws:iot:us-east-1:000000000000:job/none cannot be found." },
        { "PUT", "/job-templates/t", "{\"description\":\"d\"" + Document + ",\"maintenanceWindows\":[{\"startTime\":\"never\",\"durationInMinutes\":1}]}", Invalid, "The startTime 'never' of a maintenance window is not a cron expression: …" },
        { "PUT", "/job-templates/t", "{\"description\":\"d\"" + Document + Retry(("ALL", 1), ("FAILED", 1)) + "}", Invalid, "A retryCriteria with failure type ALL must be used by itself." },
        { "GET", "/job-templates/none", "", NotFound, "Job Template none cannot be found." },
        { "DELETE", "/job-templates/none", "", NotFound, "Job Template none cannot be found." },
        { "GET", "/managed-job-templates/none", "", NotFound, "…" },
    };

    [Theory]
    [MemberData(nameof(CreateJob))]
    public Task CreateJob_refuses(string members, string outcome, string message) => Refused("PUT", "/jobs/wrong", "{" + members + "}", outcome, message);

    [Theory]
    [MemberData(nameof(Others))]
    public Task The_others_refuse(string method, string path, string body, string outcome, string message) => Refused(method, path, body, outcome, message);

    private async Task Refused(string method, string path, string body, string outcome, string message)
    {
        using var client = desk.Server.Client("iot");
        var answer = body.Length > 0 ? await client.Send(method, path, body) : await client.Send(method, path);
        Assert.Equal(outcome, $"{answer.Status} {answer.Exception}");
        var parts = message.Split('…');
        Assert.StartsWith(parts[0], answer.Message, StringComparison.Ordinal);
        Assert.EndsWith(parts[^1], answer.Message, StringComparison.Ordinal);
        Assert.True(parts.Length > 1 || message == answer.Message, answer.Message);
        Assert.Equal(404, (await client.Get("/jobs/wrong")).Status);
    }

    private static string Rate(int? maximum, int start, string factor, string criteria) =>
        ",\"jobExecutionsRolloutConfig\":{" + (maximum is { } most ? $"\"maximumPerMinute\":{most}," : "")
        + $"\"exponentialRate\":{{\"baseRatePerMinute\":{start},\"incrementFactor\":{factor},\"rateIncreaseCriteria\":{{{criteria}}}}}}}";

    private static string Abort(string criteria) => $$""","abortConfig":{"criteriaList":[{{criteria}}]}""";

    private static string Criterion(string percentage) => $$"""{"failureType":"FAILED","action":"CANCEL","thresholdPercentage":{{percentage}},"minNumberOfExecutedThings":1}""";

    private static string Retry(params (string Type, int Count)[] criteria) =>
        $$""","jobExecutionsRetryConfig":{"criteriaList":[{{string.Join(',', criteria.Select(one => $$"""{"failureType":"{{one.Type}}","numberOfRetries":{{one.Count}}}"""))}}]}""";

    private static string Window(string cron, int minutes) => $$""","schedulingConfig":{"maintenanceWindows":[{"startTime":"{{cron}}","durationInMinutes":{{minutes}}}]}""";

    /// <summary>A service with a thing and three jobs that no row changes: a snapshot, a continuous one with retries and one that is canceled.</summary>
    public sealed class Desk : IAsyncLifetime
    {
        internal TestServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await TestServer.Start();
            using var client = Server.Client("iot");
            foreach (var (method, path, body) in new[]
                     {
                         ("POST", "/things/a", "{}"), ("PUT", "/jobs/snap", "{" + Good + Document + "}"),
                         ("PUT", "/jobs/cont", "{" + Good + Document + Continuous + Retry(("FAILED", 2)) + "}"), ("PUT", "/jobs/gone", "{" + Good + Document + Continuous + "}"),
                     })
                Assert.Equal(200, (await client.Send(method, path, body)).Status);
            // The first look starts the executions, whoever takes it.
            await Server.Get<JobRunner>().RunDue(TestContext.Current.CancellationToken);
            Assert.Equal(200, (await client.Send("PUT", "/jobs/gone/cancel", Encoding.UTF8.GetBytes("{}"))).Status);
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
