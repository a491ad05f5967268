using Godwit.Core.Journal;

namespace Godwit.Server.Storage;

/// <summary>A change that waits for the writer, and the caller that waits for it.</summary>
internal abstract class WriteUnit
{
    public IReadOnlyList<Action> Afterwards { get; protected set; } = [];

    public IReadOnlyList<Fact> Facts { get; protected set; } = [];

    /// <summary>When the caller asked for it, by the monotonic clock.</summary>
    public long AskedAt { get; set; }

    /// <summary>Why the change failed by itself, if it did.</summary>
    public Exception? Failure { get; protected set; }

    /// <summary>Runs the change; false means that what it wrote must be undone.</summary>
    public abstract bool Run(WriteSession session, Dialect dialect);

    public abstract void Complete();

    public abstract void Fail(Exception failure);
}

/// <inheritdoc/>
internal sealed class WriteUnit<T>(Func<WriteSession, T> change) : WriteUnit
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _answer = default!;

    public Predicate<T>? Refused { get; set; }

    public Task<T> Done => _done.Task;

    public override bool Run(WriteSession session, Dialect dialect)
    {
        try
        {
            _answer = change(session);
        }
        catch (Exception failure)
        {
            Failure = dialect.Explain(failure) ?? failure;
            return false;
        }
        if (Refused?.Invoke(_answer) == true)
            return false;
        Afterwards = session.Afterwards;
        Facts = session.Facts;
        return true;
    }

    public override void Complete()
    {
        if (Failure is null)
            _done.SetResult(_answer);
        else
            _done.SetException(Failure);
    }

    public override void Fail(Exception failure) => _done.TrySetException(failure);
}
