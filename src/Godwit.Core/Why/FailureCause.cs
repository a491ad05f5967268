using System.Text.RegularExpressions;
using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>
/// Why a device's execution failed, coarse enough that devices with one cause form one cluster: the platform's own sub-code is left out of what
/// <see cref="DeviceWords"/> makes of the report. Words that no agent known here uses stand for themselves.
/// </summary>
/// <param name="Key">The same for the same cause.</param>
/// <param name="Title">A few words for a list.</param>
/// <param name="Remedy">What to look at first; empty where nobody knows.</param>
/// <param name="FellBack">The device runs its old image again.</param>
public sealed partial record FailureCause(string Key, string Title, string Remedy, bool FellBack = false)
{
    private const int TextMax = 120;

    /// <param name="reason">The device's <c>reason</c>, or null where it gave none.</param>
    public static FailureCause Of(JobExecutionStatus status, string? reason)
    {
        if (status == JobExecutionStatus.TimedOut)
            return new("timed-out", "went silent", "No report came in time: look whether these devices are connected, and whether the timeout is long enough.");
        if (string.IsNullOrWhiteSpace(reason))
            return new($"{status.Wire()}:", status == JobExecutionStatus.Rejected ? "refused without a reason" : "failed without a reason", "The device sent no statusDetails.reason: read its own log.");
        var words = DeviceWords.OfReason(SubCode().Replace(reason, ": 0x00000000"));
        if (words.Code is { } code)
            return new(code, words.Meaning, words.Remedy ?? "", DeviceCodes.FallBacks.Contains(code));
        var text = reason.Length > TextMax ? reason[..TextMax] : reason;
        return new(text, text, "");
    }

    [GeneratedRegex("(?<=^0x[0-9a-fA-F]{1,8}):.*$")]
    private static partial Regex SubCode();
}
