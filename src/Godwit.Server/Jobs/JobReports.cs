namespace Godwit.Server.Jobs;

/// <summary>What the journal keeps of a device's report beside its status: the reason, else the step that agents of FreeRTOS name.</summary>
internal static class JobReports
{
    public const string SelfTest = "self_test ";

    private const int Max = 200;

    public static string? Why(IReadOnlyDictionary<string, string>? details)
    {
        if (details is null)
            return null;
        var why = details.TryGetValue("reason", out var reason) ? reason
            : details.TryGetValue("self_test", out var test) ? SelfTest + test
            : details.TryGetValue("receive", out var received) ? "receive " + received
            : null;
        return why?.Length > Max ? why[..Max] : why;
    }
}
