using System.Diagnostics;
using Godwit.Bench.Measuring;
using Godwit.Fleet.Operator;

namespace Godwit.Bench.Api;

/// <summary>A client that sends its next call when the last is answered. A refusal ends the run.</summary>
public sealed class ApiClient(AwsClient aws, ApiCall call, string prefix)
{
    private long _answered;

    public LatencyHistogram Latencies { get; } = new();

    public long Answered => Volatile.Read(ref _answered);

    public async Task Run(Func<bool> going, CancellationToken ct)
    {
        await Task.Yield();
        while (going())
        {
            var begun = Stopwatch.GetTimestamp();
            await call.Send(aws, $"{prefix}n{_answered}", ct);
            Latencies.Record(Stopwatch.GetTimestamp() - begun);
            Volatile.Write(ref _answered, _answered + 1);
        }
    }
}
