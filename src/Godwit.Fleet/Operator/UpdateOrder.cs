namespace Godwit.Fleet.Operator;

/// <summary>One update as an operator orders it: an image in a bucket, signed with the fleet's key, for one thing group.</summary>
public sealed record UpdateOrder
{
    public required string OtaUpdateId { get; init; }

    public required string TargetArn { get; init; }

    public required byte[] Image { get; init; }

    public required string Bucket { get; init; }

    public required string Key { get; init; }

    public required string ObjectVersion { get; init; }

    public string FileVersion { get; init; } = "";

    public IReadOnlyList<string> Protocols { get; init; } = ["MQTT", "HTTP"];

    public string JobId => "AFR_OTA-" + OtaUpdateId;
}
