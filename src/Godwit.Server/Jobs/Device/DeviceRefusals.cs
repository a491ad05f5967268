using Godwit.Core;
using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs.Device;

/// <summary>All refusals of the jobs data plane.</summary>
internal static class DeviceRefusals
{
    public static DeviceRefusal InvalidJson(string why) => new("InvalidJson", Errors.InvalidRequest($"The payload is not a JSON object: {why}"));

    public static DeviceRefusal InvalidRequest(string why) => new("InvalidRequest", Errors.InvalidRequest(why));

    public static DeviceRefusal InvalidTopic(string topic) => new("InvalidTopic", Errors.InvalidRequest($"Topic {topic} names no operation of the jobs service."));

    public static DeviceRefusal NotFound(ServiceError error) => new("ResourceNotFound", error);

    public static DeviceRefusal Throttled { get; } =
        new("RequestThrottled", Errors.Throttling($"The account sends more than {DataPlaneRate.PerSecond} requests of this kind a second. Send it again in a while.", status: 429));

    public static DeviceRefusal Unavailable { get; } =
        new("InternalError", Errors.ServiceUnavailable("The request could not be carried out. Send it again."));

    /// <summary>AWS: DescribeJobExecution of an execution that is over.</summary>
    /// <param name="why">What else the device is to know; see <see cref="JobCancellation.Words"/>.</param>
    public static DeviceRefusal Over(JobExecutionRow row, string why)
    {
        var message = $"Job execution is in terminal state {row.Status.Wire()}.{why}";
        return new DeviceRefusal("TerminalStateReached", new ServiceError("TerminalStateException", 410, message), ShownState.Of(row));
    }

    /// <param name="why">As for <see cref="Over"/>.</param>
    public static DeviceRefusal Of(ExecutionDecision decision, ShownState state, string why) => decision.Refusal switch
    {
        ExecutionRefusal.InvalidRequest => InvalidRequest(decision.Message),
        // The two doors of AWS differ here: MQTT calls a status that is the service's to set a bad request, HTTP a conflict.
        ExecutionRefusal.IllegalStatus => new DeviceRefusal("InvalidRequest", Errors.InvalidStateTransition(decision.Message)),
        ExecutionRefusal.InvalidTransition => new DeviceRefusal("InvalidStateTransition", Errors.InvalidStateTransition(decision.Message), state),
        ExecutionRefusal.TerminalState => new DeviceRefusal("TerminalStateReached", Errors.InvalidStateTransition(decision.Message + why), state),
        ExecutionRefusal.VersionMismatch => new DeviceRefusal("VersionMismatch", Errors.InvalidStateTransition(decision.Message), state),
        _ => throw new ArgumentOutOfRangeException(nameof(decision), decision.Refusal, null),
    };
}
