namespace Godwit.Server.Metrics;

/// <summary>Who may read <c>/metrics</c>, which carries no signature.</summary>
public enum MetricsAccess
{
    /// <summary>Nobody: there is no such page.</summary>
    Off,

    /// <summary>Processes on this machine.</summary>
    Loopback,

    /// <summary>Whoever reaches the API port.</summary>
    All,
}
