namespace Godwit.Mqtt.Tests.Conformance;

/// <summary>Where MQTT over WebSocket is tested, as the broker itself knows streams only.</summary>
internal static class WebSocket
{
    public const string Text = "Godwit.Server.Tests/DevicePlane/WaysInTests.cs:Text_ends_a_WebSocket";
    public const string Split = "Godwit.Server.Tests/DevicePlane/WaysInTests.cs:Frames_split_and_join_packets_in_any_way";
    public const string Subprotocol =
        "Godwit.Server.Tests/DevicePlane/WaysInTests.cs:Checklist_18_a_signed_URL_opens_a_WebSocket_on_either_port_with_the_token_outside_the_signature";
}
