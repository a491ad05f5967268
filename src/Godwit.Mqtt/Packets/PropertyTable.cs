namespace Godwit.Mqtt.Packets;

/// <summary>Which property may stand in which packet; the will's properties count as a packet of their own.</summary>
internal static class PropertyTable
{
    /// <summary>Bit of the will's properties, beside one bit for each <see cref="PacketType"/>.</summary>
    public const int Will = 0;

    private const int Connect = 1 << (int)PacketType.Connect;
    private const int ConnAck = 1 << (int)PacketType.ConnAck;
    private const int Publish = 1 << (int)PacketType.Publish;
    private const int Acks = (1 << (int)PacketType.PubAck) | (1 << (int)PacketType.PubRec) | (1 << (int)PacketType.PubRel)
        | (1 << (int)PacketType.PubComp) | (1 << (int)PacketType.SubAck) | (1 << (int)PacketType.UnsubAck);
    private const int Subscribe = 1 << (int)PacketType.Subscribe;
    private const int Disconnect = 1 << (int)PacketType.Disconnect;
    private const int Auth = 1 << (int)PacketType.Auth;
    private const int Message = Publish | (1 << Will);

    public static bool Allows(PropertyId id, int owner) => (Owners(id) & (1 << owner)) != 0;

    private static int Owners(PropertyId id) => id switch
    {
        PropertyId.PayloadFormat or PropertyId.MessageExpiry or PropertyId.ContentType
            or PropertyId.ResponseTopic or PropertyId.CorrelationData => Message,
        PropertyId.SubscriptionId => Publish | Subscribe,
        PropertyId.SessionExpiry => Connect | ConnAck | Disconnect,
        PropertyId.AuthenticationMethod or PropertyId.AuthenticationData => Connect | ConnAck | Auth,
        PropertyId.RequestProblemInformation or PropertyId.RequestResponseInformation => Connect,
        PropertyId.WillDelay => 1 << Will,
        PropertyId.ServerReference => ConnAck | Disconnect,
        PropertyId.ReasonString => ConnAck | Acks | Disconnect | Auth,
        PropertyId.ReceiveMaximum or PropertyId.TopicAliasMaximum or PropertyId.MaximumPacketSize => Connect | ConnAck,
        PropertyId.TopicAlias => Publish,
        PropertyId.AssignedClientId or PropertyId.ServerKeepAlive or PropertyId.ResponseInformation or PropertyId.MaximumQos
            or PropertyId.RetainAvailable or PropertyId.WildcardSubscriptionAvailable
            or PropertyId.SubscriptionIdAvailable or PropertyId.SharedSubscriptionAvailable => ConnAck,
        PropertyId.UserProperty => ~0,
        _ => 0,
    };
}
