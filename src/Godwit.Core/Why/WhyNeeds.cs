using Godwit.Core.Access;

namespace Godwit.Core.Why;

/// <summary>
/// What a device must be allowed for an update to reach it. Agents differ in the topics they use, so topics that serve one need stand together and one of
/// them is enough. AWS: OTA > Create an OTA user policy.
/// </summary>
public static class WhyNeeds
{
    /// <param name="jobId">Null as long as there is no job: its own topics are left out.</param>
    /// <param name="streamId">Null where nothing comes by MQTT streams.</param>
    public static IReadOnlyList<(string Need, IotAction Action, string Resource)> Of(string thing, string? jobId, string? streamId)
    {
        var jobs = $"$aws/things/{thing}/jobs";
        var needs = new List<(string, IotAction, string)>
        {
            ("connect", IotAction.Connect, thing),
            ("hear of new jobs", IotAction.Subscribe, $"{jobs}/notify-next"),
            ("hear of new jobs", IotAction.Subscribe, $"{jobs}/notify"),
            ("ask for the job", IotAction.Publish, $"{jobs}/$next/get"),
            ("ask for the job", IotAction.Publish, $"{jobs}/start-next"),
            ("get the job", IotAction.Receive, $"{jobs}/$next/get/accepted"),
            ("get the job", IotAction.Receive, $"{jobs}/start-next/accepted"),
            ("get the job", IotAction.Receive, $"{jobs}/notify-next"),
        };
        if (jobId is not null)
            needs.Add(("report", IotAction.Publish, $"{jobs}/{jobId}/update"));
        if (streamId is null)
            return needs;
        foreach (var format in (ReadOnlySpan<string>)["cbor", "json"])
        {
            var stream = $"$aws/things/{thing}/streams/{streamId}";
            needs.Add(("listen for blocks", IotAction.Subscribe, $"{stream}/data/{format}"));
            needs.Add(("ask for blocks", IotAction.Publish, $"{stream}/get/{format}"));
            needs.Add(("get blocks", IotAction.Receive, $"{stream}/data/{format}"));
        }
        return needs;
    }
}
