namespace Godwit.Server.Mqtt;

/// <summary>Where AWS's own behaviour has changed over the years or trips general-purpose clients.</summary>
public sealed record DeviceDoorOptions
{
    /// <summary>A level 4 CONNECT that is refused is answered CONNACK 5; AWS closes without an answer.</summary>
    public bool AnswersRefusedConnect { get; init; }

    /// <summary>A denied SUBSCRIBE ends the connection, as AWS did until 2017; now SUBACK carries the failure.</summary>
    public bool DisconnectsDeniedSubscribe { get; init; }
}
