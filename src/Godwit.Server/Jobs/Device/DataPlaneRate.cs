using System.Collections.Concurrent;

namespace Godwit.Server.Jobs.Device;

/// <summary>
/// AWS's quota of the jobs data plane, where quotas are to be AWS's: so many reads and so many writes a second for each account, by either door. What is above is
/// told to come again: agents wait and do, so that nobody's overload becomes a device's failure.
/// </summary>
public sealed class DataPlaneRate(ServerOptions options, TimeProvider time)
{
    /// <summary>AWS quota: requests a second of either kind.</summary>
    public const int PerSecond = 200;

    private readonly ConcurrentDictionary<(string Account, bool Writes), Window> _windows = new();

    /// <summary>Counts a request; false if the account has had its share of this second.</summary>
    internal bool Takes(string account, bool writes) =>
        !options.FaithfulQuotas || _windows.GetOrAdd((account, writes), _ => new Window()).Takes(time.GetTimestamp() / time.TimestampFrequency);

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private long _second;
        private int _taken;

        public bool Takes(long second)
        {
            lock (_lock)
            {
                if (second != _second)
                    (_second, _taken) = (second, 0);
                return _taken++ < PerSecond;
            }
        }
    }
}
