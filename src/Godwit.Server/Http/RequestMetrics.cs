using System.Diagnostics.Metrics;

namespace Godwit.Server.Http;

/// <summary>One measurement for each request; listeners attach by the meter's name. Labels take values of the models only, never of clients.</summary>
public sealed class RequestMetrics : IDisposable
{
    public const string MeterName = "Godwit.Http";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _seconds;

    public RequestMetrics() => _seconds = _meter.CreateHistogram<double>("godwit.http.request.duration", "s", "Requests by operation and status");

    public void Done(string operation, int status, TimeSpan duration) =>
        _seconds.Record(duration.TotalSeconds, new("operation", operation), new("status", status));

    public void Dispose() => _meter.Dispose();
}
