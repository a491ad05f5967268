using Godwit.Core.Jobs;

namespace Godwit.Core.Planning;

/// <summary>
/// How a rollout goes, in few points: their distance begins at a second and doubles whenever there are too many, so that a rollout of seconds is drawn by the
/// second and one of weeks by the hour.
/// </summary>
internal sealed class ForecastCurve
{
    /// <summary>Even, so that halving leaves the points at equal distances.</summary>
    public const int PointsMax = 480;

    private readonly List<ForecastPoint> _points = [];
    private int _step = 1;
    private int _next;

    public IReadOnlyList<ForecastPoint> Points => _points;

    /// <summary>What stands before a second's events, for all points up to it.</summary>
    public void NoteUpTo(int second, in JobCounts counts)
    {
        while (_next <= second)
        {
            if (_points.Count == PointsMax)
                Halve();
            _points.Add(Of(_next, counts));
            _next += _step;
        }
    }

    /// <summary>The last point, wherever it falls.</summary>
    public void End(int second, in JobCounts counts)
    {
        NoteUpTo(second, counts);
        if (_points[^1].Second < second)
            _points.Add(Of(second, counts));
    }

    private void Halve()
    {
        for (var i = 0; i < PointsMax / 2; i++)
            _points[i] = _points[i * 2];
        _points.RemoveRange(PointsMax / 2, PointsMax / 2);
        _step *= 2;
    }

    private static ForecastPoint Of(int second, in JobCounts counts) => new(second, counts.All, counts.Succeeded, counts.Failed + counts.Rejected + counts.TimedOut);
}
