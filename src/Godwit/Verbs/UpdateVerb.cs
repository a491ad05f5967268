using System.CommandLine;
using Godwit.Cli;
using Godwit.Verbs.Updates;

namespace Godwit.Verbs;

/// <summary><c>godwit update …</c>: OTA updates from creation to the last device.</summary>
public static class UpdateVerb
{
    public static Command Create() => new Command("update", "Make OTA updates and steer them.")
    {
        CreateUpdate.Create(),
        ListUpdates.Create(),
        ShowUpdate.Create(),
        WatchUpdate.Create(),
        SteerUpdate.Pause(),
        SteerUpdate.Resume(),
        SteerUpdate.Slower(),
        SteerUpdate.Faster(),
        SteerUpdate.Cancel(),
    }.With("godwit update create rel42 --firmware app.bin --target thinggroup/fleet --sign-key key.pem", "godwit update watch rel42");
}
