using Godwit.Core;

namespace Godwit.Server.Access.Users;

/// <summary>
/// Makes guessing slow: after a few wrong passwords a name, or an address, waits, and twice as long each time. A name's wait does not depend on who asks, so many
/// addresses together guess no faster. In memory and bounded: the oldest waits are forgotten first.
/// </summary>
public sealed class SignInThrottle(TimeProvider time)
{
    private const int FreeOfName = 5;
    private const int FreeOfAddress = 20;
    private const int KeptMax = 10_000;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Forgiven = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Misses> _misses = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The refusal of an attempt that comes too early, or null. An attempt that may go on counts as a miss until <see cref="Succeeded"/> takes it back.</summary>
    public ServiceError? Try(string name, string address)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var until = Later(Waits("name " + name), Waits("from " + address));
            if (until > now)
                return Errors.Throttling($"Too many wrong passwords. Try again in {Math.Ceiling((until - now).TotalSeconds):0} s.", status: 429);
            Miss("name " + name, FreeOfName, now);
            Miss("from " + address, FreeOfAddress, now);
            return null;
        }
    }

    public void Succeeded(string name, string address)
    {
        lock (_lock)
        {
            _misses.Remove("name " + name);
            _misses.Remove("from " + address);
        }
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private DateTimeOffset Waits(string key) => _misses.GetValueOrDefault(key)?.Until ?? DateTimeOffset.MinValue;

    private void Miss(string key, int free, DateTimeOffset now)
    {
        if (_misses.Count >= KeptMax && !_misses.ContainsKey(key))
            _misses.Remove(_misses.MinBy(pair => pair.Value.At).Key);
        var before = _misses.GetValueOrDefault(key);
        var count = before is null || now - before.At > Forgiven ? 1 : before.Count + 1;
        var over = count - free;
        var wait = over < 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(over, 20))));
        _misses[key] = new Misses(count, now, now + wait);
    }

    private sealed record Misses(int Count, DateTimeOffset At, DateTimeOffset Until);
}
