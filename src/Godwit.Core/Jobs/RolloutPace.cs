namespace Godwit.Core.Jobs;

/// <summary>
/// How many executions may start now. The allowance of a minute is spread over its seconds: no second gets more than a sixtieth of the rate, rounded up,
/// and no 60 seconds get more than the rate. Time that nobody looked at (a stop, a sleep) is lost, never caught up with.
/// </summary>
/// <param name="LastAt">When executions were last started, or null before the first.</param>
/// <param name="Credit">What is left of the allowance in sixtieths of an execution, 0 to 59.</param>
public sealed record RolloutPace(DateTimeOffset? LastAt, int Credit)
{
    /// <summary>Before the first start; the credit lets a rate below 60 start its first execution at once.</summary>
    public static RolloutPace Start { get; } = new(null, Whole - 1);

    private const int Whole = 60;

    /// <summary>What may start at this moment at this rate, and when to ask again.</summary>
    public PaceAnswer Ask(DateTimeOffset now, int perMinute)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perMinute, 1);
        var ticks = LastAt is null ? 1 : TicksToNext(perMinute, Credit);
        if (LastAt is { } last && now < last)
            return new PaceAnswer(0, this with { LastAt = now }, now.AddSeconds(ticks)); // The clock was put back: wait a whole turn from here.
        if (LastAt is { } before && now < before.AddSeconds(ticks))
            return new PaceAnswer(0, this, before.AddSeconds(ticks));
        var (count, credit) = Math.DivRem(Credit + (ticks * perMinute), Whole);
        return new PaceAnswer(count, new RolloutPace(now, credit), now.AddSeconds(TicksToNext(perMinute, credit)));
    }

    /// <summary>Seconds until a whole execution is allowed again.</summary>
    private static int TicksToNext(int perMinute, int credit) => Math.Max(1, (Whole - credit + perMinute - 1) / perMinute);
}

/// <param name="Count">Executions that may start now.</param>
/// <param name="Next">The pace after they have.</param>
/// <param name="AskAt">When more may start.</param>
public sealed record PaceAnswer(int Count, RolloutPace Next, DateTimeOffset AskAt);
