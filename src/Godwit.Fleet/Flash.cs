using Godwit.Fleet.Images;

namespace Godwit.Fleet;

/// <summary>What a device keeps over a reboot.</summary>
public sealed class Flash
{
    public required FirmwareVersion Running { get; set; }

    /// <summary>The image that ran before, kept until the new one has passed its self-test.</summary>
    public FirmwareVersion? Previous { get; private set; }

    /// <summary>Whether the running image has still to prove itself.</summary>
    public bool SelfTestPending => Previous is not null;

    /// <summary>The boot loader starts the new image on trial.</summary>
    public void Activate(FirmwareVersion version) => (Previous, Running) = (Running, version);

    /// <summary>The trial is passed.</summary>
    public void Commit() => Previous = null;

    /// <summary>The boot loader goes back to the image before.</summary>
    public void RollBack()
    {
        if (Previous is { } previous)
            (Running, Previous) = (previous, null);
    }
}
