namespace Godwit.Core.Planning;

/// <summary>
/// Draws what each device of a fleet will do, in the order in which the rollout reaches them. Shares are drawn without putting back, so that the whole fleet
/// meets them to the device. The state is a few counters a class, however large the fleet.
/// </summary>
public sealed class FleetSampler
{
    private readonly FleetModel _model;
    private readonly Urn _classes;
    private readonly Urn[] _reachable;
    private readonly Urn[] _ends;
    private SeededRandom _random;

    public FleetSampler(FleetModel model, int devices, ulong seed)
    {
        (_model, _random) = (model, new SeededRandom(seed));
        var sizes = Quotas([.. model.Classes.Select(one => one.Share)], devices);
        _classes = new Urn(sizes);
        _reachable = new Urn[sizes.Length];
        _ends = new Urn[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            var profile = model.Classes[i].Profile;
            var online = Share(profile.Online, 1);
            _reachable[i] = new Urn(Quotas([online, 1 - online], sizes[i]));
            var rejects = Share(profile.RejectRate, 1);
            var fails = Share(profile.FailureRate, 1 - rejects);
            var reverts = Share(profile.RevertRate, 1 - rejects - fails);
            var stalls = Share(profile.StallRate, 1 - rejects - fails - reverts);
            // In the order of DeviceEnd.
            _ends[i] = new Urn(Quotas([Math.Max(0, 1 - rejects - fails - reverts - stalls), fails, reverts, rejects, stalls], sizes[i]));
        }
    }

    /// <summary>The next device; to be asked as often as there are devices.</summary>
    public DeviceFate Next()
    {
        var kind = _classes.Draw(ref _random);
        var profile = _model.Classes[kind].Profile;
        var online = _reachable[kind].Draw(ref _random) == 0;
        var end = (DeviceEnd)_ends[kind].Draw(ref _random);
        var after = online ? 0 : profile.OfflineMinutes is { } minutes ? Seconds(minutes.Draw(ref _random) * 60) : DeviceFate.Never;
        return new DeviceFate(end, after, Seconds(profile.DownloadSeconds.Draw(ref _random)));
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
