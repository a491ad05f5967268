using Godwit.Core;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>All that a job operation may refuse with, in AWS's words where they are known.</summary>
internal static class JobErrors
{
    public static ServiceError NotFound(string jobId) => Errors.ResourceNotFound($"Job {jobId} cannot be found.");

    public static ServiceError AlreadyExists(string jobId, string arn) =>
        Errors.ResourceAlreadyExists($"Job {jobId} already exists.", jobId, arn);

    public static ServiceError TargetNotFound(string arn) =>
        Errors.ResourceNotFound($"Target {arn} cannot be found. Name things and thing groups of this account by their ARN, and create them first.");

    public static ServiceError TargetTwice(string arn) => Errors.InvalidRequest($"Target {arn} is given twice. Name each target once.");

    public static ServiceError TooManyTargets(int count) =>
        Errors.LimitExceeded($"A job can have {JobLimits.TargetsMax} targets, and {count} are given. Put the things into a thing group.");

    public static ServiceError DocumentAndSource { get; } =
        Errors.InvalidRequest("Job document and job document source cannot be specified at the same time.");

    public static ServiceError NoDocument { get; } = Errors.InvalidRequest("Neither job document nor job document source is specified.");

    public static ServiceError DocumentNotJson(string why) => Errors.InvalidRequest($"The job document is not valid JSON: {why}");

    public static ServiceError TooManyPlaceholders(int count) =>
        Errors.LimitExceeded($"A job document can have {JobLimits.PlaceholdersMax} placeholders, and this one has {count}.");

    public static ServiceError VariableTooOften(string variable) =>
        Errors.InvalidRequest($"The key of an upload in the job document holds {variable} more than twice. Name it twice at most.");

    public static ServiceError PlaceholderWithoutRole { get; } = Errors.InvalidRequest(
        "The job document has presigned URL placeholders, but presignedUrlConfig.roleArn is not given. Give the ARN of a role that may read the objects.");

    public static ServiceError DocumentSourceNotFound(string source, string why) =>
        Errors.InvalidRequest($"The job document cannot be read from documentSource {source}: {why}");

    public static ServiceError CannotCancel(string jobId, JobStatus status) =>
        Errors.InvalidRequest($"Job {jobId} in status {status.Wire()} cannot be canceled.");

    public static ServiceError CannotPause(string jobId, JobStatus status) =>
        Errors.InvalidRequest($"Job {jobId} in status {status.Wire()} has no rollout to pause or resume; only SCHEDULED and IN_PROGRESS jobs have.");

    public static ServiceError CannotDelete(string jobId, JobStatus status) =>
        Errors.InvalidStateTransition($"Job {jobId} in status {status.Wire()} cannot be deleted. Cancel it first or set force to true.");

    public static ServiceError DeletionRuns(string jobId) => Errors.InvalidStateTransition($"Job {jobId} is already being deleted.");

    public static ServiceError TooManyConcurrent { get; } =
        Errors.LimitExceeded($"{ConcurrentJobs.Max} jobs are rolling out already. Try again when one of them has reached its things.");

    public static ServiceError TooManyDeletions { get; } =
        Errors.LimitExceeded($"{JobLimits.DeletionsMax} jobs are already being deleted. Try again when one of them is gone.");

    public static ServiceError CannotUpdate(string jobId, JobStatus status) =>
        Errors.InvalidRequest($"Job {jobId} in status {status.Wire()} cannot be updated.");

    public static ServiceError EmptyUpdate(string jobId) => Errors.InvalidRequest($"Update Job request for job {jobId} cannot be empty.");

    public static ServiceError NotContinuous(string jobId) =>
        Errors.InvalidRequest($"Targets can be associated with a CONTINUOUS job only, and job {jobId} is SNAPSHOT. Create another job for them.");

    public static ServiceError NotRollingOut(string jobId, JobStatus status) =>
        Errors.InvalidRequest($"Targets can be associated with a job that is IN_PROGRESS only, and job {jobId} is {status.Wire()}.");

    public static ServiceError ThingNotFound(string thing) => Errors.ResourceNotFound($"Thing {thing} cannot be found.");

    public static ServiceError ExecutionNotFound(string jobId, string thing, long? number) => Errors.ResourceNotFound(
        number is null ? $"Job execution of job {jobId} for thing {thing} cannot be found."
            : $"Job execution {number} of job {jobId} for thing {thing} cannot be found.");

    public static ServiceError ExecutionCannot(string what, JobExecutionStatus status, string remedy) =>
        Errors.InvalidStateTransition($"A job execution in status {status.Wire()} cannot be {what}.{remedy}");

    public static ServiceError StaleVersion(long expected, long found) =>
        Errors.VersionConflict($"Expected version {expected} but found version {found}");
}
