using System.Diagnostics.Metrics;

namespace Godwit.Server.Streams.Device;

/// <summary>What devices download by MQTT, for whoever listens to the meter.</summary>
public static class StreamMetrics
{
    public const string MeterName = "Godwit.Streams";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("godwit.stream.requests", "{request}", "Requests for blocks that were answered");
    private static readonly Counter<long> Blocks = Meter.CreateCounter<long>("godwit.stream.blocks", "{block}", "Blocks sent to devices");
    private static readonly Counter<long> Rejections = Meter.CreateCounter<long>("godwit.stream.rejections", "{request}", "Requests for blocks that were refused");

    internal static void Answered(int blocks)
    {
        Requests.Add(1);
        Blocks.Add(blocks);
    }

    /// <param name="code">One of AWS's codes.</param>
    internal static void Rejected(string code) => Rejections.Add(1, new KeyValuePair<string, object?>("code", code));
}
