using Godwit.Bench.Measuring;

namespace Godwit.Bench.Publishing;

/// <summary>All rounds of one broker with so many idle sessions.</summary>
public sealed record PublishResult(string Server, int IdleSessions, IReadOnlyList<Sample> Samples)
{
    public double PerSecond => Sample.Median(Samples, sample => sample.PerSecond);

    public double Microseconds => Sample.Median(Samples, sample => sample.ServerMicroseconds);

    public double GeneratorBusy => Sample.Median(Samples, sample => sample.GeneratorBusy);

    public override string ToString() =>
        $"  {Server,-28} {IdleSessions,6} idle {PerSecond,9:0} messages/s {Microseconds,6:0.0} us/message  server {Sample.Median(Samples, sample => sample.ServerBusy):0%} generator {GeneratorBusy:0%}";
}
