using Godwit.Core;

namespace Godwit.Server.OtaUpdates;

/// <summary>What can be wrong with an OTA update.</summary>
internal static class OtaUpdateErrors
{
    public static ServiceError NotFound(string otaUpdateId) =>
        Errors.ResourceNotFound($"OTA update {otaUpdateId} does not exist. ListOTAUpdates shows those that do.");

    public static ServiceError Exists(string otaUpdateId, string arn) => Errors.ResourceAlreadyExists(
        $"OTA update {otaUpdateId} already exists. Choose another otaUpdateId, or delete that one first; an id stays taken even if its creation failed.", otaUpdateId, arn);

    public static ServiceError TargetNotFound(string target) =>
        Errors.ResourceNotFound($"Target {target} does not exist. Create the thing or thing group first, or correct targets.");

    public static ServiceError Busy(string otaUpdateId, string status) => Errors.VersionConflict(
        $"OTA update {otaUpdateId} is {status}. Wait until GetOTAUpdate shows that it is finished, then delete it.");

    public static ServiceError JobStillRuns(string otaUpdateId, string jobId, string status) => Errors.InvalidRequest(
        $"OTA update {otaUpdateId} cannot be deleted: its job {jobId} is {status}. Cancel the job first, or set forceDeleteAWSJob to true.");

    public static ServiceError JobTaken(string jobId, string jobArn) => Errors.ResourceAlreadyExists(
        $"Job {jobId} already exists and was not made by this OTA update. Delete that job, or create the update under another otaUpdateId.", jobId, jobArn);

    public static ServiceError StreamGone(string streamId, int fileId) => Errors.ResourceNotFound(
        $"Stream {streamId} has no file {fileId}. Name a file that DescribeStream shows, or add it with UpdateStream.");

    public static ServiceError Internal(string step) => Errors.InternalFailure(
        $"Step {step} failed for a reason that lies in the service; its log tells more. Delete this OTA update and create it again.");
}
