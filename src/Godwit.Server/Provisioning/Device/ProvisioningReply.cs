using Godwit.Core;

namespace Godwit.Server.Provisioning.Device;

/// <summary>
/// Answers of fleet provisioning: to the connection that asked, and only where it subscribed, as AWS says. The topics are the same for all devices and
/// carry keys, so nobody else may see them.
/// </summary>
internal static class ProvisioningReply
{
    /// <summary>Whether anybody waits for the answer; without, nothing is made that nobody could have.</summary>
    public static bool IsAwaited(TopicRequest request) => request.Awaits(request.Topic + "/accepted");

    public static void Accept(TopicRequest request, params IEnumerable<(string Name, object Value)> members) => Send(request, "/accepted", members);

    public static void Reject(TopicRequest request, int status, string code, string message) =>
        Send(request, "/rejected", [("statusCode", status), ("errorCode", code), ("errorMessage", message)]);

    /// <summary>AWS's codes on these topics are the exceptions' names without their ending.</summary>
    public static void Reject(TopicRequest request, ServiceError error) => Reject(
        request, error.Status, error.Code.EndsWith("Exception", StringComparison.Ordinal) ? error.Code[..^"Exception".Length] : error.Code, error.Message);

    private static void Send(TopicRequest request, string ending, IEnumerable<(string Name, object Value)> members)
    {
        var topic = request.Topic + ending;
        if (request.Awaits(topic))
            request.Reply(topic, DeviceFormat.Write(DeviceFormat.IsCbor(request.Topic), members));
    }
}
