namespace Godwit.Server.Jobs;

/// <summary>Stored milliseconds as the two planes write them.</summary>
internal static class JobTime
{
    public static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    public static DateTimeOffset? At(long? ms) => ms is { } value ? At(value) : null;

    /// <summary>The data plane knows whole seconds only.</summary>
    public static long Seconds(long ms) => Math.DivRem(ms, 1000).Quotient;

    public static long? Seconds(long? ms) => ms is { } value ? Seconds(value) : null;
}
