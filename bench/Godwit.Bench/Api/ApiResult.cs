using Godwit.Bench.Measuring;

namespace Godwit.Bench.Api;

/// <summary>One operation over all rounds.</summary>
/// <param name="SignatureMicroseconds">Of one check of its signature.</param>
public sealed record ApiResult(string Operation, IReadOnlyList<Sample> Rounds, double SignatureMicroseconds)
{
    public double PerSecond => Sample.Median(Rounds, sample => sample.PerSecond);

    /// <summary>Processor time of the service for one answer, with what it does behind it.</summary>
    public double Microseconds => Sample.Median(Rounds, sample => sample.ServerMicroseconds);

    public double P99Microseconds => Sample.Median(Rounds, sample => sample.P99Microseconds);

    public double ServerBusy => Sample.Median(Rounds, sample => sample.ServerBusy);

    public double GeneratorBusy => Sample.Median(Rounds, sample => sample.GeneratorBusy);

    public double SignatureShare => SignatureMicroseconds / Microseconds;

    public override string ToString() => FormattableString.Invariant(
        $"{Operation}: {PerSecond:0}/s, {Microseconds:0} µs CPU, p99 {P99Microseconds:0} µs; signature {SignatureMicroseconds:0.0} µs, {SignatureShare:P0}; busy {ServerBusy:P0}, generator {GeneratorBusy:P0}");
}
