namespace Godwit.Server.OtaUpdates;

/// <summary>Where an OTA update stands; it says nothing of devices, which the job does.</summary>
public static class OtaUpdateStatus
{
    public const string CreatePending = "CREATE_PENDING";
    public const string CreateInProgress = "CREATE_IN_PROGRESS";
    public const string CreateComplete = "CREATE_COMPLETE";
    public const string CreateFailed = "CREATE_FAILED";
    public const string DeleteInProgress = "DELETE_IN_PROGRESS";
    public const string DeleteFailed = "DELETE_FAILED";
}

/// <summary>What is to be done next for an OTA update; stored, so a name once used stays.</summary>
internal static class OtaUpdateStep
{
    public const string Sign = "Sign";
    public const string AwaitSigning = "AwaitSigning";
    public const string StoreImage = "StoreImage";
    public const string CheckObjects = "CheckObjects";
    public const string CreateStream = "CreateStream";
    public const string WriteJobDocument = "WriteJobDocument";
    public const string CreateJob = "CreateJob";

    public const string DeleteJob = "DeleteJob";
    public const string DeleteStream = "DeleteStream";
    public const string DeleteEntry = "DeleteEntry";
}
