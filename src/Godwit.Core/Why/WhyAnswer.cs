namespace Godwit.Core.Why;

/// <summary>How one check came out.</summary>
public enum WhyVerdict
{
    /// <summary>Nothing stands in the way here.</summary>
    Passed,

    /// <summary>Nothing is wrong; it has to come yet.</summary>
    Waiting,

    /// <summary>Here it stops until somebody does something.</summary>
    Stopped,

    /// <summary>The service does not know; what lies before it kept watch, or on the device only.</summary>
    Unknown,

    /// <summary>It does not matter in this flow, or the device is past it.</summary>
    NotNeeded,
}

/// <summary>Who has to act next.</summary>
public enum WhyActor
{
    Nobody,
    Service,
    Device,
    Operator,
}

/// <summary>One check between a device and an update.</summary>
/// <param name="Name">A stable name, for example <c>rate-window</c>.</param>
/// <param name="Fact">What was found, as a sentence.</param>
/// <param name="At">The time of the fact.</param>
/// <param name="Next">What must happen; null where the check is passed.</param>
public sealed record WhyCheck(string Name, WhyVerdict Verdict, string Fact, DateTimeOffset? At = null, string? Next = null, WhyActor By = WhyActor.Nobody);

/// <summary>Why a device has an update, or has it not.</summary>
/// <param name="Reason">The name of the check that decides, or null where the update is done.</param>
/// <param name="Summary">The answer in one sentence.</param>
/// <param name="Next">What must happen next.</param>
/// <param name="Words">The device's last report, decoded.</param>
public sealed record WhyAnswer(
    string Thing, string? Update, string? Job, WhyVerdict Verdict, string? Reason, string Summary, string Next, WhyActor By, DeviceWords? Words, IReadOnlyList<WhyCheck> Checks);
