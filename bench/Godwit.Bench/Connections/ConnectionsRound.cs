namespace Godwit.Bench.Connections;

/// <summary>One round of one server.</summary>
/// <param name="ConnectSeconds">Until the last device had its SUBACK, from none.</param>
/// <param name="ServerCpuSeconds">Of the server, for that.</param>
/// <param name="IdleBytes">What the server's resident memory had grown by when all were idle.</param>
/// <param name="UpSeconds">From the kill until the new process listened.</param>
/// <param name="BackSeconds">From the kill until the last device was back.</param>
public sealed record ConnectionsRound(string Server, string Way, int Devices, double ConnectSeconds, double ServerCpuSeconds, double IdleBytes, double UpSeconds, double BackSeconds)
{
    public double PerSecond => Devices / ConnectSeconds;

    public double MillisecondsEach => ServerCpuSeconds * 1000 / Devices;

    public double KibEach => IdleBytes / 1024 / Devices;

    public double BackPerSecond => Devices / (BackSeconds - UpSeconds);

    public override string ToString() =>
        $"  {Server,-10} {Way,-5} {Devices,6} devices {PerSecond,7:0} connects/s {MillisecondsEach,6:0.00} ms CPU each {KibEach,6:0.0} KiB each; after a kill up in {UpSeconds:0.0} s, all back in {BackSeconds:0.0} s";
}
