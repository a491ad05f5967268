using Godwit.Bench.Measuring;

namespace Godwit.Bench.Blocks;

/// <summary>All rounds of one server in one shape; what is printed are medians.</summary>
public sealed record BlocksResult(string Shape, string Server, IReadOnlyList<Sample> Samples)
{
    public double Microseconds => Sample.Median(Samples, sample => sample.ServerMicroseconds);

    public double PerSecond => Sample.Median(Samples, sample => sample.PerSecond);

    public double P99 => Sample.Median(Samples, sample => sample.P99Microseconds);

    public double ServerBusy => Sample.Median(Samples, sample => sample.ServerBusy);

    public double GeneratorBusy => Sample.Median(Samples, sample => sample.GeneratorBusy);

    public override string ToString() =>
        $"  {Shape,-16} {Server,-28} {Microseconds,7:0.0} us/block {PerSecond,9:0} blocks/s  p99 {P99,7:0} us  server {ServerBusy:0%} generator {GeneratorBusy:0%}";
}
