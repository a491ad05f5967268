namespace Godwit.Mqtt.Packets;

/// <summary><paramref name="Code"/> is the byte on the wire: a return code 0 to 5 at level 4, a reason code at level 5.</summary>
public sealed record ConnAckPacket(bool SessionPresent, byte Code)
{
    public Properties? Properties { get; init; }

    /// <summary>The level 4 return code that says the same as a reason code (OASIS MQTT 3.1.1, table 3.1); null if none does.</summary>
    public static byte? ReturnCodeV311(ReasonCode reason) => reason switch
    {
        ReasonCode.Success => 0,
        ReasonCode.UnsupportedProtocolVersion => 1,
        ReasonCode.ClientIdentifierNotValid => 2,
        ReasonCode.BadUserNameOrPassword => 4,
        ReasonCode.NotAuthorized or ReasonCode.Banned => 5,
        ReasonCode.UnspecifiedError or ReasonCode.ImplementationSpecificError or ReasonCode.ServerUnavailable or ReasonCode.ServerBusy
            or ReasonCode.QuotaExceeded or ReasonCode.ConnectionRateExceeded or ReasonCode.UseAnotherServer or ReasonCode.ServerMoved => 3,
        _ => null,
    };
}
