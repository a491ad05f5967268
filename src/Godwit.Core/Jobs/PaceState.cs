using System.Collections.Immutable;
using System.Globalization;

namespace Godwit.Core.Jobs;

/// <summary>
/// What a rollout remembers of its last minute, on a clock of its own that only ever advances by time that has certainly passed.
/// Kept with the job; <see cref="ToString"/> and <see cref="Parse"/> are its stored form.
/// </summary>
/// <param name="Clock">In ticks of 100 ns, pauses and restarts left out.</param>
/// <param name="Due">When the next start is due, on the same clock.</param>
/// <param name="Batches">The starts of the last 60 seconds, oldest first; at most 61, since batches are a second apart.</param>
public sealed record PaceState(long Clock, long Due, ImmutableArray<PaceBatch> Batches)
{
    /// <summary>
    /// Before the first start. The first second's share is due by its end and so begins at once: on a runner that comes on time, n minutes hold
    /// exactly n times the rate.
    /// </summary>
    public static PaceState Start { get; } = new(TimeSpan.TicksPerSecond, 1, []);

    /// <summary>Nobody knows what was started in the last minute: rest for one.</summary>
    public static PaceState Unknown { get; } = new(TimeSpan.TicksPerSecond, 1, [new PaceBatch(TimeSpan.TicksPerSecond, int.MaxValue)]);

    /// <summary>Null for a text that is none of <see cref="ToString"/>'s.</summary>
    public static PaceState? Parse(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2 || !TryNumber(parts[0], out var clock) || !TryNumber(parts[1], out var due))
            return null;
        var batches = ImmutableArray.CreateBuilder<PaceBatch>(parts.Length - 2);
        foreach (var part in parts.AsSpan(2))
        {
            var colon = part.IndexOf(':');
            if (colon < 0 || !TryNumber(part.AsSpan(0, colon), out var at) || !TryNumber(part.AsSpan(colon + 1), out var count) || count > int.MaxValue)
                return null;
            batches.Add(new PaceBatch(at, (int)count));
        }

        return new PaceState(clock, due, batches.MoveToImmutable());
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Clock} {Due} {string.Join(' ', Batches.Select(batch => $"{batch.At}:{batch.Count}"))}").TrimEnd();

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>Executions that were started together.</summary>
/// <param name="At">In ticks, on the clock of its <see cref="PaceState"/>.</param>
public readonly record struct PaceBatch(long At, int Count);
