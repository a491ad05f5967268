using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;
using Godwit.Core.Why;
using Godwit.Server.Certificates;
using Godwit.Server.Placement;

namespace Godwit.Server.Mqtt;

/// <summary>The door's own answers, by the very rights that a connection would get.</summary>
internal sealed class DeviceStanding(Presence presence, DeviceRegistry registry, PolicyCompiler policies) : IDeviceStanding
{
    public PresenceFact? Presence(string account, string thing) =>
        presence.Find(account, thing) is { } seen ? new PresenceFact(seen.ConnectedAt, seen.LeftAt) : null;

    public async Task<Func<IotAction, string, bool>?> RightsOf(string certificateId, string thing, CancellationToken ct)
    {
        if (await registry.Find(certificateId, ct) is not { } identity)
            return null;
        using var certificate = X509Certificate2.CreateFromPem(identity.Pem);
        // From where it will come is not known: a condition on the address is not met.
        return policies.RightsOf(identity, certificate, new ConnectFacts(thing, SourceIp: null, thing, HasWill: false, IsPersistent: false)).Allows;
    }
}
