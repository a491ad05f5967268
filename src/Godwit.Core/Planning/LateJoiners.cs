namespace Godwit.Core.Planning;

/// <summary>Things that come to the targets of a CONTINUOUS job while it runs.</summary>
/// <param name="PerMinute">How many in a minute; a distribution is drawn for each minute. What is left of a whole thing comes in a later minute.</param>
/// <param name="Minutes">For how long, from the start.</param>
public sealed record JoinModel(Distribution PerMinute, int Minutes)
{
    public const int DefaultMinutes = 24 * 60;

    /// <summary>As many as a plan's fleet may have.</summary>
    public const int Max = 2_000_000;
}

/// <summary>The seconds at which things join, one after the other: evenly within each minute. The state is one minute, however many come.</summary>
public sealed class LateJoiners(JoinModel model, ulong seed)
{
    /// <summary>Draws of its own, so that the devices are the same with and without joiners.</summary>
    private const ulong Stream = 0x6A6F696E65727321;

    private SeededRandom _random = new(seed ^ Stream);
    private double _carried;
    private int _minute = -1;
    private int _inMinute;
    private int _given;
    private int _total;

    /// <summary>When the next one joins, never before the one before; null when all have.</summary>
    public int? Next()
    {
        while (_given == _inMinute)
        {
            if (++_minute >= Math.Min(model.Minutes, RolloutForecast.HorizonSeconds / 60) || _total >= JoinModel.Max)
                return null;
            // The ninth digit keeps ten times 0.1 from falling short of 1.
            _carried = Math.Round(_carried + model.PerMinute.Draw(ref _random), 9);
            _inMinute = (int)Math.Min(_carried, JoinModel.Max - _total);
            _carried -= Math.Floor(_carried);
            _total += _inMinute;
            _given = 0;
        }
        return (_minute * 60) + (int)(60L * _given++ / _inMinute);
    }
}
