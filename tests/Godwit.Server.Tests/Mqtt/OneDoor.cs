namespace Godwit.Server.Tests.Mqtt;

/// <summary>One door for all: a case has its own device, and cases of a class do not overlap.</summary>
public sealed class OneDoor : IAsyncLifetime
{
    public DeviceDoorUnderTest Door { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Door = await DeviceDoorUnderTest.Open(options => options with { MqttPlainPort = 0 });

    public ValueTask DisposeAsync() => Door.DisposeAsync();
}
