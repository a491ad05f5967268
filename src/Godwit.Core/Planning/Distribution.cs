namespace Godwit.Core.Planning;

/// <summary>How a <see cref="Distribution"/> draws.</summary>
public enum DistributionKind
{
    /// <summary>A number.</summary>
    Fixed,

    /// <summary>From A to B.</summary>
    Uniform,

    /// <summary>Mean A, standard deviation B.</summary>
    Normal,

    /// <summary>Mean A.</summary>
    Exponential,

    /// <summary>One of the values, each as likely.</summary>
    Empirical,
}

/// <summary>A number, or where numbers are drawn from. Draws below zero count as zero.</summary>
public sealed record Distribution(DistributionKind Kind, double A, double B = 0, IReadOnlyList<double>? Values = null)
{
    public static Distribution Of(double value) => new(DistributionKind.Fixed, value);

    /// <summary>Whether two draws can differ.</summary>
    public bool IsRandom => Kind switch
    {
        DistributionKind.Fixed => false,
        DistributionKind.Uniform => A < B,
        DistributionKind.Normal => B > 0,
        DistributionKind.Exponential => A > 0,
        _ => Values!.Distinct().Count() > 1,
    };

    public double Mean => Kind switch
    {
        DistributionKind.Uniform => (A + B) / 2,
        DistributionKind.Empirical => Values!.Average(),
        _ => A,
    };

    /// <summary>A value that 19 of 20 draws stay below, for warnings.</summary>
    public double High => Kind switch
    {
        DistributionKind.Uniform => A + (0.95 * (B - A)),
        DistributionKind.Normal => A + (1.645 * B),
        DistributionKind.Exponential => 3 * A,
        DistributionKind.Empirical => Values!.Order().ElementAt((int)(0.95 * (Values!.Count - 1))),
        _ => A,
    };

    /// <summary>Of measured values, the one that so many percent do not exceed.</summary>
    public double Quantile(int percent) => Kind switch
    {
        DistributionKind.Fixed => A,
        DistributionKind.Empirical => Values!.Order().ElementAt(Math.Max(0, ((Values!.Count * percent) + 99) / 100 - 1)),
        _ => throw new InvalidOperationException($"A distribution of kind {Kind} has no measured values."),
    };

    public double Draw(ref SeededRandom random) => Math.Max(0, Kind switch
    {
        DistributionKind.Fixed => A,
        DistributionKind.Uniform => A + ((B - A) * random.Unit()),
        DistributionKind.Normal => A + (B * StandardNormal(ref random)),
        DistributionKind.Exponential => -A * Math.Log(1 - random.Unit()),
        _ => Values![random.Below(Values.Count)],
    });

    /// <summary>Box and Muller; the second of the pair is not kept, so that each draw takes two numbers whatever came before.</summary>
    private static double StandardNormal(ref SeededRandom random)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - random.Unit()));
        return radius * Math.Cos(2 * Math.PI * random.Unit());
    }
}
