using Godwit.Core;

namespace Godwit.Server.Jobs.Device;

/// <summary>A refusal as both doors say it: MQTT's code, HTTP's exception, and the execution's state where that explains it.</summary>
internal sealed record DeviceRefusal(string Code, ServiceError Error, ShownState? State = null);

/// <summary>What a device asked for, or why not.</summary>
internal readonly struct DeviceResult<T>
{
    private DeviceResult(T? value, DeviceRefusal? refusal) => (Value, Refusal) = (value, refusal);

    public T? Value { get; }

    public DeviceRefusal? Refusal { get; }

    public static implicit operator DeviceResult<T>(T value) => new(value, null);

    public static implicit operator DeviceResult<T>(DeviceRefusal refusal) => new(default, refusal);

    public Result<TResponse> ToHttp<TResponse>(Func<T, TResponse> response) => Refusal is null ? response(Value!) : Refusal.Error;
}
