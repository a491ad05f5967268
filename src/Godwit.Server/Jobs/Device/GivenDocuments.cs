using Godwit.Server.Placement;

namespace Godwit.Server.Jobs.Device;

/// <summary>Notes what devices were given when they asked.</summary>
internal static class GivenDocuments
{
    public static void Given(this DeviceTrail trail, string account, string thing, ShownExecution? execution)
    {
        if (execution is { Document: not null })
            trail.Document(account, thing, execution.JobId);
        else
            trail.Heard(account, thing);
    }
}
