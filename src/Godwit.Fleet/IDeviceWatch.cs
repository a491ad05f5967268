namespace Godwit.Fleet;

/// <summary>Sees what devices live through. Called on the devices' own threads, so it must be quick.</summary>
public interface IDeviceWatch
{
    void OnPhase(DeviceEvent change);

    void OnBlock(string thing, int received, int total);
}
