namespace Godwit.Server.Http;

/// <summary>Are requests served? Set by the host once every door is open, cleared when it stops.</summary>
public sealed class Readiness
{
    private volatile bool _ready;

    public bool IsReady
    {
        get => _ready;
        set => _ready = value;
    }
}
