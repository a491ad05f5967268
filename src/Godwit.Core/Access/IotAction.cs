namespace Godwit.Core.Access;

/// <summary>What a device may be allowed to do. AWS: IoT policy actions.</summary>
public enum IotAction
{
    Connect,
    Publish,
    RetainPublish,
    Receive,
    Subscribe,
    GetRetainedMessage,
    GetPendingJobExecutions,
    StartNextPendingJobExecution,
    DescribeJobExecution,
    UpdateJobExecution,
    GetThingShadow,
    UpdateThingShadow,
    DeleteThingShadow,
}

/// <summary>The kinds of resources that actions are about.</summary>
public static class IotActions
{
    /// <summary>What stands before the name in the resource's ARN, for example <c>topic/</c>.</summary>
    public static string ResourceKind(this IotAction action) => action switch
    {
        IotAction.Connect => "client/",
        IotAction.Subscribe => "topicfilter/",
        IotAction.Publish or IotAction.RetainPublish or IotAction.Receive or IotAction.GetRetainedMessage => "topic/",
        _ => "thing/",
    };
}
