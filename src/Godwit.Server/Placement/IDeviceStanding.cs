using Godwit.Core.Access;
using Godwit.Core.Why;

namespace Godwit.Server.Placement;

/// <summary>What the device door knows of a thing besides its messages: is it there, and what may its certificates do.</summary>
public interface IDeviceStanding
{
    /// <summary>The thing's client, if one was seen: clients are known by their id, and OTA agents use the thing's name.</summary>
    PresenceFact? Presence(string account, string thing);

    /// <summary>What a certificate of the thing may do now, as for a connection with the thing's name as client id; null where the certificate is not known.</summary>
    Task<Func<IotAction, string, bool>?> RightsOf(string certificateId, string thing, CancellationToken ct);
}

/// <summary>A service without a device door: nobody is there, nobody may anything.</summary>
public sealed class NoDeviceStanding : IDeviceStanding
{
    public PresenceFact? Presence(string account, string thing) => null;

    public Task<Func<IotAction, string, bool>?> RightsOf(string certificateId, string thing, CancellationToken ct) => Task.FromResult<Func<IotAction, string, bool>?>(null);
}
