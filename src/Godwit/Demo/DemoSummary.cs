using System.Text.Json.Nodes;

namespace Godwit.Demo;

/// <summary>What came of the demo, for people and for machines.</summary>
public sealed record DemoSummary(
    int Devices, IReadOnlyDictionary<string, int> States, long ImageBytes, long BytesDelivered, long Blocks, double Seconds, double DownloadSeconds, string Endpoint, bool AsExpected)
{
    public double BlocksPerSecond => DownloadSeconds > 0 ? Blocks / DownloadSeconds : 0;

    public JsonObject ToJson() => new()
    {
        ["devices"] = Devices,
        ["states"] = new JsonObject(States.Select(state => KeyValuePair.Create(state.Key, (JsonNode?)state.Value))),
        ["imageBytes"] = ImageBytes,
        ["bytes"] = BytesDelivered,
        ["blocks"] = Blocks,
        ["seconds"] = Math.Round(Seconds, 3),
        ["downloadSeconds"] = Math.Round(DownloadSeconds, 3),
        ["blocksPerSecond"] = Math.Round(BlocksPerSecond, 1),
        ["endpoint"] = Endpoint,
        ["otaUpdateId"] = DemoPlan.OtaUpdateId,
        ["jobId"] = DemoPlan.JobId,
        ["asExpected"] = AsExpected,
    };

    public string ToText() =>
        $"""

        {Devices} devices: {string.Join(", ", States.Where(state => state.Value > 0).Select(state => $"{state.Value} {state.Key}"))}
        {BytesDelivered / 1048576.0:0.0} MiB in {Blocks} blocks, {DownloadSeconds:0.0} s of download, {BlocksPerSecond:0} blocks per second; {Seconds:0.0} s in all
        """;
}
