namespace Godwit.Core.Jobs;

/// <summary>Which pushes a thing gets.</summary>
/// <param name="List"><c>notify</c>: the list of its pending executions has another member, or one less.</param>
/// <param name="Next"><c>notify-next</c>: another execution is its next one, or none is.</param>
public readonly record struct Pushes(bool List, bool Next);

/// <summary>
/// When <c>notify</c> and <c>notify-next</c> are sent. Never for progress and never for the start of the next execution: an agent in the middle of a
/// download takes any such message for a new job and begins again.
/// </summary>
public static class NotifyRule
{
    /// <param name="before">The execution as it was, or null if it was not pending (new, or terminal already).</param>
    /// <param name="after">The execution as it is, or null if it is not pending any more.</param>
    /// <param name="others">The thing's other pending executions.</param>
    public static Pushes For(OpenExecution? before, OpenExecution? after, IReadOnlyCollection<OpenExecution> others) => new(
        List: before is null != after is null || (before is { } b && after is { } a && !SameExecution(b, a)),
        Next: !SameExecution(Head(before, others), Head(after, others)));

    private static OpenExecution? Head(OpenExecution? one, IReadOnlyCollection<OpenExecution> others) =>
        ExecutionQueue.Head(one is { } execution ? others.Append(execution) : others);

    private static bool SameExecution(OpenExecution? a, OpenExecution? b) =>
        a?.JobId == b?.JobId && a?.ExecutionNumber == b?.ExecutionNumber;
}
