namespace Godwit.Core.Planning;

/// <summary>
/// Draws what each device of a fleet will do, in the order in which the rollout reaches them. Shares are drawn without putting back, so that the whole fleet
/// meets them to the device. The state is a few counters a class, however large the fleet.
/// </summary>
public sealed class FleetSampler
{
    private readonly DeviceProfile[] _profiles;
    private readonly Urn _classes;
    private readonly Urn[] _reachable;
    private readonly Urn[] _ends;
    private readonly double[][] _endShares;
    private readonly double[] _onlineShares;
    private readonly double[] _classShares;
    private SeededRandom _random;
    private SeededRandom _again;
    private SeededRandom _joining;

    public FleetSampler(FleetModel model, int devices, ulong seed)
    {
        // Retries draw from numbers of their own, so that the devices are the same with and without them.
        (_profiles, _random, _again, _joining) = ([.. model.Classes.Select(one => one.Profile)], new SeededRandom(seed), new SeededRandom(~seed), new SeededRandom(~seed + 1));
        _classShares = [.. model.Classes.Select(one => one.Share)];
        var sizes = Quotas([.. model.Classes.Select(one => one.Share)], devices);
        _classes = new Urn(sizes);
        _reachable = new Urn[sizes.Length];
        _ends = new Urn[sizes.Length];
        _endShares = new double[sizes.Length][];
        _onlineShares = new double[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            var profile = model.Classes[i].Profile;
            var online = _onlineShares[i] = Share(profile.Online, 1);
            _reachable[i] = new Urn(Quotas([online, 1 - online], sizes[i]));
            var rejects = Share(profile.RejectRate, 1);
            var fails = Share(profile.FailureRate, 1 - rejects);
            var reverts = Share(profile.RevertRate, 1 - rejects - fails);
            var stalls = Share(profile.StallRate, 1 - rejects - fails - reverts);
            // In the order of DeviceEnd.
            _endShares[i] = [Math.Max(0, 1 - rejects - fails - reverts - stalls), fails, reverts, rejects, stalls];
            _ends[i] = new Urn(Quotas(_endShares[i], sizes[i]));
        }
    }

    /// <summary>The next device; to be asked as often as there are devices.</summary>
    public DeviceFate Next()
    {
        var kind = _classes.Draw(ref _random);
        var profile = _profiles[kind];
        var online = _reachable[kind].Draw(ref _random) == 0;
        var end = (DeviceEnd)_ends[kind].Draw(ref _random);
        return new DeviceFate(end, online ? 0 : Offline(profile, ref _random), Seconds(profile.DownloadSeconds.Draw(ref _random)), (byte)kind);
    }

    /// <summary>What a device does with a retry: drawn anew by the same shares, now as chances, for nobody knows how many retries there will be.</summary>
    /// <param name="reported">It has just reported, and so is online.</param>
    public DeviceFate Retry(byte kind, bool reported)
    {
        var profile = _profiles[kind];
        var online = reported || Chance([_onlineShares[kind], 1 - _onlineShares[kind]], ref _again) == 0;
        var end = (DeviceEnd)Chance(_endShares[kind], ref _again);
        return new DeviceFate(end, online ? 0 : Offline(profile, ref _again), Seconds(profile.DownloadSeconds.Draw(ref _again)), kind);
    }

    /// <summary>A device that joins the fleet: its class too is drawn, all shares as chances.</summary>
    public DeviceFate Joiner()
    {
        var kind = Chance(_classShares, ref _joining);
        var profile = _profiles[kind];
        var online = Chance([_onlineShares[kind], 1 - _onlineShares[kind]], ref _joining) == 0;
        var end = (DeviceEnd)Chance(_endShares[kind], ref _joining);
        return new DeviceFate(end, online ? 0 : Offline(profile, ref _joining), Seconds(profile.DownloadSeconds.Draw(ref _joining)), (byte)kind);
    }

    private static int Offline(DeviceProfile profile, ref SeededRandom random) => profile.OfflineMinutes is { } minutes ? Seconds(minutes.Draw(ref random) * 60) : DeviceFate.Never;

    /// <summary>One of the kinds by its share; where one has all, no number is drawn.</summary>
    private static int Chance(ReadOnlySpan<double> shares, ref SeededRandom random)
    {
        var last = shares.Length - 1;
        while (shares[last] <= 0)
            last--;
        var first = 0;
        while (shares[first] <= 0)
            first++;
        if (first == last)
            return first;
        var drawn = random.Unit();
        for (; first < last && drawn >= shares[first]; first++)
            drawn -= Math.Max(0, shares[first]);
        return first;
    }

    private static int Seconds(double seconds) => (int)Math.Min(Math.Round(seconds, MidpointRounding.AwayFromZero), RolloutForecast.HorizonSeconds);

    private double Share(Distribution share, double room) => Math.Min(share.Draw(ref _random), Math.Max(0, room));

    /// <summary>Whole numbers in the proportion of the shares that add up to the total: what is left after rounding down goes to the largest remainders.</summary>
    internal static int[] Quotas(double[] shares, int total)
    {
        var whole = shares.Sum();
        // The tenth digit keeps 0.1 * 30 from falling short of 3.
        var exact = Array.ConvertAll(shares, share => Math.Round(share / whole * total, 9));
        var quotas = Array.ConvertAll(exact, value => (int)value);
        foreach (var i in Enumerable.Range(0, shares.Length).OrderByDescending(i => exact[i] - quotas[i]).Take(total - quotas.Sum()))
            quotas[i]++;
        return quotas;
    }

    /// <summary>Balls of several kinds, drawn without putting back.</summary>
    private sealed class Urn(int[] left)
    {
        private int _total = left.Sum();
        private int _kinds = left.Count(count => count > 0);

        public int Draw(ref SeededRandom random)
        {
            // One kind left needs no chance: a fleet without randomness draws no number at all.
            var ball = _kinds > 1 ? random.Below(_total) : 0;
            var kind = 0;
            while (ball >= left[kind])
                ball -= left[kind++];
            _total--;
            if (--left[kind] == 0)
                _kinds--;
            return kind;
        }
    }
}
