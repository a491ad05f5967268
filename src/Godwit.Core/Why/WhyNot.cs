using System.Globalization;
using Godwit.Core.Jobs;

namespace Godwit.Core.Why;

/// <summary>
/// The ordered checks between a device and an update. The order is that of causes: the first check that does not pass is the reason, for what comes
/// after it cannot happen before it is mended.
/// </summary>
public static class WhyNot
{
    private static readonly Func<WhyFacts, WhyCheck>[] Order =
    [
        WhyNotRollout.Thing, WhyNotRollout.Update, WhyNotRollout.Targeted, WhyNotRollout.Job, WhyNotRollout.Schedule, WhyNotRollout.Rate,
        WhyNotDevice.Queue, WhyNotDevice.Certificate, WhyNotDevice.Connect, WhyNotDevice.Subscribe, WhyNotDevice.Publish, WhyNotDevice.Receive,
        WhyNotDevice.Connected, WhyNotProgress.Notified, WhyNotProgress.Document, WhyNotProgress.Blocks, WhyNotProgress.TimeLeft, WhyNotProgress.Words,
    ];

    public static WhyAnswer Ask(WhyFacts facts)
    {
        var checks = Order.Select(check => check(facts)).ToList();
        var words = DeviceWords.Decode(facts.Execution?.Details);
        // An execution that is over, well or ill, has its reason in how it ended, whatever stands in the way now.
        var decides = facts.Execution is { } execution && execution.Status.IsTerminal()
            ? checks[^1]
            : checks.Find(check => check.Verdict == WhyVerdict.Stopped) ?? checks.Find(check => check.Verdict == WhyVerdict.Waiting) ?? checks[^1];
        return new WhyAnswer(
            facts.Thing, facts.Update?.Id, facts.Job?.Id, decides.Verdict, decides.Verdict == WhyVerdict.Passed ? null : decides.Name,
            decides.Fact, decides.Next ?? "Nothing: the update is done on this device.", decides.By, words, Past(facts, checks));
    }

    /// <summary>Once a thing has begun, what led there is behind it; a certificate or policy that went bad since still counts.</summary>
    private static List<WhyCheck> Past(WhyFacts facts, List<WhyCheck> checks) =>
        facts.Execution is not { } execution || !execution.Status.IsTerminal()
            ? checks
            : [.. checks.Select(check => check.Verdict is WhyVerdict.Waiting or WhyVerdict.Stopped && check != checks[^1] ? check with { Verdict = WhyVerdict.NotNeeded, Next = null, By = WhyActor.Nobody } : check)];

    internal static WhyCheck Pass(string name, FormattableString fact, DateTimeOffset? at = null) => new(name, WhyVerdict.Passed, Text(fact), at);

    internal static WhyCheck Wait(string name, FormattableString fact, FormattableString next, WhyActor by, DateTimeOffset? at = null) => new(name, WhyVerdict.Waiting, Text(fact), at, Text(next), by);

    internal static WhyCheck Stop(string name, FormattableString fact, FormattableString next, WhyActor by, DateTimeOffset? at = null) => new(name, WhyVerdict.Stopped, Text(fact), at, Text(next), by);

    internal static WhyCheck Unknown(string name, FormattableString fact) => new(name, WhyVerdict.Unknown, Text(fact));

    internal static WhyCheck NotNeeded(string name, FormattableString fact) => new(name, WhyVerdict.NotNeeded, Text(fact));

    internal static string When(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>For example <c>40 s</c>, <c>12 min</c>, <c>5 h</c>, <c>3 d</c>.</summary>
    internal static string Span(TimeSpan span) => span.TotalSeconds switch
    {
        < 90 => Text($"{Math.Max(0, (long)Math.Ceiling(span.TotalSeconds))} s"),
        < 5400 => Text($"{(long)Math.Round(span.TotalMinutes)} min"),
        < 172_800 => Text($"{(long)Math.Round(span.TotalHours)} h"),
        _ => Text($"{(long)Math.Round(span.TotalDays)} d"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
