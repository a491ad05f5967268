namespace Godwit.Mqtt.Packets;

/// <summary>
/// The MQTT 5 properties of one packet: null (or false) is "not present". Which property may stand in which packet is
/// <see cref="PropertyTable"/>'s business.
/// </summary>
public sealed record Properties
{
    public byte? PayloadFormat { get; set; }
    public uint? MessageExpirySeconds { get; set; }
    public string? ContentType { get; set; }
    public string? ResponseTopic { get; set; }
    public byte[]? CorrelationData { get; set; }
    public List<uint>? SubscriptionIds { get; set; }
    public uint? SessionExpirySeconds { get; set; }
    public string? AssignedClientId { get; set; }
    public ushort? ServerKeepAliveSeconds { get; set; }
    public string? AuthenticationMethod { get; set; }
    public byte[]? AuthenticationData { get; set; }
    public byte? RequestProblemInformation { get; set; }
    public uint? WillDelaySeconds { get; set; }
    public byte? RequestResponseInformation { get; set; }
    public string? ResponseInformation { get; set; }
    public string? ServerReference { get; set; }
    public string? ReasonString { get; set; }
    public ushort? ReceiveMaximum { get; set; }
    public ushort? TopicAliasMaximum { get; set; }
    public ushort? TopicAlias { get; set; }
    public byte? MaximumQos { get; set; }
    public byte? RetainAvailable { get; set; }
    public List<UserProperty>? UserProperties { get; set; }
    public uint? MaximumPacketBytes { get; set; }
    public byte? WildcardSubscriptionAvailable { get; set; }
    public byte? SubscriptionIdsAvailable { get; set; }
    public byte? SharedSubscriptionAvailable { get; set; }
}
