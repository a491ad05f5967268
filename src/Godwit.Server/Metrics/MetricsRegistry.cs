using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Godwit.Server.Metrics;

/// <summary>
/// Gathers what the service's own meters and the runtime's say, and writes it as Prometheus text. The number of series is bounded: what comes
/// beyond is counted and not kept, so that no label can fill memory.
/// </summary>
public sealed class MetricsRegistry : IDisposable
{
    private const int SeriesMax = 4000;

    private static readonly double[] SecondsBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] CountBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    /// <summary>Of the runtime's instruments, those that an operator asks for.</summary>
    private static readonly HashSet<string> Runtime =
    [
        "dotnet.process.memory.working_set", "dotnet.process.cpu.time", "dotnet.gc.heap.total_allocated", "dotnet.gc.last_collection.heap.size", "dotnet.gc.pause.time",
        "dotnet.thread_pool.thread.count", "dotnet.thread_pool.queue.length", "dotnet.exceptions",
    ];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();
    private readonly Lock _observing = new();
    private int _series;
    private long _refused;

    public MetricsRegistry()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Godwit.", StringComparison.Ordinal) || (instrument.Meter.Name == "System.Runtime" && Runtime.Contains(instrument.Name)))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, made => new Family(made)));
        };
        _listener.MeasurementsCompleted = (instrument, _) => _families.TryRemove(instrument, out var _);
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Note((Family)state!, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Note((Family)state!, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Note((Family)state!, value, tags));
        _listener.Start();
    }

    /// <summary>All that is known now, in the text format 0.0.4.</summary>
    public string Write()
    {
        lock (_observing)
        {
            foreach (var family in _families.Values.Where(family => family.IsObserved))
                family.Forget();
            _listener.RecordObservableInstruments();
        }
        var text = new StringBuilder(16 * 1024);
        // Several instances of one service in a process have the same instruments: their figures stand under one name, added up.
        foreach (var family in _families.Values.GroupBy(family => family.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
            Family.Write(text, family.Key, [.. family]);
        text.Append(CultureInfo.InvariantCulture, $"# HELP godwit_metrics_refused_total Measurements that were not kept because {SeriesMax} series are kept already\n# TYPE godwit_metrics_refused_total counter\ngodwit_metrics_refused_total {Volatile.Read(ref _refused)}\n");
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Family family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = family.Find(tags, mayAdd: Volatile.Read(ref _series) < SeriesMax, out var added);
        if (added)
            Interlocked.Increment(ref _series);
        if (series is null)
            Interlocked.Increment(ref _refused);
        else
            series.Note(value, family);
    }

    /// <summary>One instrument with its series.</summary>
    private sealed class Family(Instrument instrument)
    {
        private readonly ConcurrentDictionary<string, Series> _byLabels = new(StringComparer.Ordinal);
        private readonly Series _plain = new();
        private int _plainUsed;

        public string Name { get; } = NameOf(instrument);

        public bool IsObserved => instrument.IsObservable;

        public bool IsSum { get; } = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal) && !instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal);

        public double[]? Bounds { get; } = !instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal) ? null : instrument.Unit == "s" ? SecondsBounds : CountBounds;

        public Series? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags, bool mayAdd, out bool added)
        {
            added = false;
            if (tags.Length == 0)
            {
                _plainUsed = 1;
                return _plain;
            }
            var labels = LabelsOf(tags);
            if (_byLabels.TryGetValue(labels, out var known) || !mayAdd)
                return known;
            var made = new Series();
            added = _byLabels.TryAdd(labels, made);
            return _byLabels[labels];
        }

        public void Forget()
        {
            _plain.Reset();
            foreach (var series in _byLabels.Values)
                series.Reset();
        }

        public static void Write(StringBuilder text, string name, IReadOnlyList<Family> same)
        {
            var first = same[0];
            text.Append("# HELP ").Append(name).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(first.Bounds is not null ? "histogram" : first.IsSum ? "counter" : "gauge").Append('\n');
            foreach (var series in same.SelectMany(family => family.All()).GroupBy(pair => pair.Labels).OrderBy(group => group.Key, StringComparer.Ordinal))
                Series.Write(text, name, series.Key, [.. series.Select(pair => pair.Series)], first);
        }

        private string Help => (instrument.Description ?? instrument.Name).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

        private IEnumerable<(string Labels, Series Series)> All()
        {
            if (_plainUsed != 0)
                yield return ("", _plain);
            foreach (var (labels, series) in _byLabels)
                yield return (labels, series);
        }

        private static string NameOf(Instrument instrument)
        {
            var name = new StringBuilder();
            foreach (var c in instrument.Name)
                name.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
            var text = name.ToString();
            var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                text += unit;
            var kind = instrument.GetType().Name;
            return kind.Contains("Counter", StringComparison.Ordinal) && !kind.Contains("UpDown", StringComparison.Ordinal) ? text + "_total" : text;
        }

        private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = new StringBuilder();
            foreach (var (key, value) in tags)
            {
                text.Append(text.Length == 0 ? "" : ",");
                foreach (var c in key)
                    text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
                text.Append("=\"").Append((Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
            }
            return text.ToString();
        }
    }

    /// <summary>One series; guarded by itself as lock.</summary>
    private sealed class Series
    {
        private double _value;
        private long _count;
        private long[]? _buckets;

        public void Note(double value, Family family)
        {
            lock (this)
            {
                if (family.Bounds is { } bounds)
                {
                    _buckets ??= new long[bounds.Length + 1];
                    var at = Array.BinarySearch(bounds, value);
                    _buckets[at < 0 ? ~at : at]++;
                    _count++;
                    _value += value;
                }
                else if (family.IsSum || family.IsObserved)
                    _value += value;
                else
                    _value = value;
            }
        }

        public void Reset()
        {
            lock (this)
                _value = 0;
        }

        public static void Write(StringBuilder text, string name, string labels, IReadOnlyList<Series> same, Family family)
        {
            if (family.Bounds is not { } bounds)
            {
                Line(text, name, "", labels, same.Sum(series => series._value));
                return;
            }
            var below = 0L;
            for (var i = 0; i <= bounds.Length; i++)
            {
                below += same.Sum(series => series._buckets?[i] ?? 0);
                var le = i == bounds.Length ? "+Inf" : bounds[i].ToString(CultureInfo.InvariantCulture);
                Line(text, name, "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{le}\"", below);
            }
            Line(text, name, "_sum", labels, same.Sum(series => series._value));
            Line(text, name, "_count", labels, same.Sum(series => series._count));
        }

        private static void Line(StringBuilder text, string name, string suffix, string labels, double value)
        {
            text.Append(name).Append(suffix);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}
