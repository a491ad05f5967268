namespace Godwit.Bench.Jobs;

/// <summary>One measurement beside its limit of the same run.</summary>
/// <param name="Unit">Of <paramref name="Value"/> and <paramref name="Limit"/>: <c>/s</c>, where more is better, or <c>s</c>, <c>µs</c>, <c>MiB</c>.</param>
/// <param name="P99">In microseconds unless <paramref name="Unit"/> is s.</param>
public sealed record JobsRow(string What, string Size, string Database, double Value, string Unit, double P99, string LimitIs, double Limit, double LimitP99)
{
    public double OfLimit => Limit == 0 ? 0 : Value / Limit;

    public override string ToString() => FormattableString.Invariant(
        $"{What}, {Size}, {Database}: {Value:0.##} {Unit}, p99 {P99:0.##}; {LimitIs}: {Limit:0.##} {Unit}, p99 {LimitP99:0.##}; ratio {OfLimit:0.00}");
}
