namespace Godwit.Core.Journal;

/// <summary>One state change, as the journal keeps it; written in the transaction of the change.</summary>
/// <param name="Who">The actor: a caller's ARN, a rule or a timer.</param>
/// <param name="Kind">What happened, as an AWS operation or a rule names it: <c>CreateJob</c>, <c>UpdateJobExecution</c>, <c>RolloutPace</c>.</param>
/// <param name="Subject">What changed: <c>job/AFR_OTA-rel42</c>, <c>thing/dev7</c>.</param>
/// <param name="From">The state before, or null where there was none.</param>
/// <param name="To">The state after, or null where there is none.</param>
/// <param name="Why">The cause in words or codes: a reasonCode, a rule's name, an error.</param>
/// <param name="Thing">The thing concerned, if any, so that a device's story can be read.</param>
/// <param name="Job">The job concerned, if any.</param>
public sealed record Fact(
    string Account,
    string Who,
    string Kind,
    string Subject,
    string? From,
    string? To,
    string? Why = null,
    string? Thing = null,
    string? Job = null);
