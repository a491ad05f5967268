using Godwit.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// What is made for an update and how that went, in the words of AWS's own log events (FreeRTOS user guide > Set up CloudWatch Logs for OTA updates): members
/// <c>actionType</c>, <c>status</c>, <c>otaUpdateId</c>, <c>awsJobId</c>, <c>streamId</c>, <c>details</c>; level DEBUG, as there.
/// </summary>
public sealed partial class OtaUpdateLog(Database database, ILogger<OtaUpdateLog> log)
{
    private const string Success = "Success", Failure = "Failure";

    private readonly ILogger _log = log;

    /// <summary>A step was taken and recorded: looks what came of it, where anybody wants to know.</summary>
    internal async Task Tell(OtaUpdateRow before, CancellationToken ct)
    {
        if (_log.IsEnabled(LogLevel.Debug))
            Tell(before, await database.Read(session => OtaUpdateStore.Find(session, before.Account, before.OtaUpdateId), ct));
    }

    /// <param name="after">Null where the update is gone with it.</param>
    internal void Tell(OtaUpdateRow before, OtaUpdateRow? after)
    {
        if (before.Status == OtaUpdateStatus.DeleteInProgress)
        {
            if (after is null || after.Status == OtaUpdateStatus.DeleteFailed)
                LogAction("DeleteOTAUpdate", after is null ? Success : Failure, before.OtaUpdateId, before.Account, after?.ErrorMessage ?? "its job, its stream where asked for, and its entry are deleted");
            return;
        }
        if (after is null)
            return;
        TellStep(before, after);
        if (after.Status is OtaUpdateStatus.CreateComplete or OtaUpdateStatus.CreateFailed)
            LogAction("CreateOTAUpdate", StatusOf(after), after.OtaUpdateId, after.Account, Details(after, "creation complete"));
    }

    private void TellStep(OtaUpdateRow before, OtaUpdateRow after)
    {
        switch (before.Step)
        {
            case OtaUpdateStep.Sign:
                LogAction("StartCodeSigning", StatusOf(after), after.OtaUpdateId, after.Account, Details(after, "signing jobs are started"));
                break;
            case OtaUpdateStep.CreateStream:
                LogStream("CreateStream", StatusOf(after), after.StreamId!, after.OtaUpdateId, after.Account, Details(after, "the stream is made"));
                break;
            case OtaUpdateStep.CreateJob:
                LogJob("CreateAWSJob", StatusOf(after), OtaUpdateRules.JobPrefix + after.OtaUpdateId, after.OtaUpdateId, after.Account, Details(after, "the job is made"));
                break;
        }
    }

    private static string StatusOf(OtaUpdateRow after) => after.Status == OtaUpdateStatus.CreateFailed ? Failure : Success;

    private static string Details(OtaUpdateRow after, string done) => after.ErrorCode is { } code ? $"{code}: {after.ErrorMessage}" : done;

    [LoggerMessage(Level = LogLevel.Debug, Message = "{actionType} {status} for OTA update {otaUpdateId} of account {accountId}: {details}")]
    private partial void LogAction(string actionType, string status, string otaUpdateId, string accountId, string details);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{actionType} {streamId} {status} for OTA update {otaUpdateId} of account {accountId}: {details}")]
    private partial void LogStream(string actionType, string status, string streamId, string otaUpdateId, string accountId, string details);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{actionType} {awsJobId} {status} for OTA update {otaUpdateId} of account {accountId}: {details}")]
    private partial void LogJob(string actionType, string status, string awsJobId, string otaUpdateId, string accountId, string details);
}
