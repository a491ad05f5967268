namespace Godwit.Fleet.Agents;

/// <summary>
/// What firmware can do to the world. An agent is a state machine that only calls these, so that the same logic runs over real sockets
/// and in simulated time.
/// </summary>
public interface IAgentIo
{
    void Subscribe(string filter, int qos);

    void Unsubscribe(string filter);

    void Publish(string topic, ReadOnlyMemory<byte> payload, int qos);

    /// <summary>Asks for <c>bytes=first-last</c> of a presigned URL; the answer comes by <see cref="IAgent.OnRange"/>.</summary>
    void FetchRange(string url, long first, long last);

    /// <summary>Asks for all of a presigned URL, without a range; the answer comes by <see cref="IAgent.OnRange"/> as from 0.</summary>
    void Fetch(string url);

    /// <summary>Arms the agent's one timer anew; it ends by <see cref="IAgent.OnTimer"/>.</summary>
    void SetTimer(TimeSpan due);

    void StopTimer();

    /// <summary>Disconnects cleanly, restarts and connects again; a new agent is made.</summary>
    void Reboot();

    void Tell(DevicePhase phase, string? detail = null);

    /// <summary>A block was received: how many so far, of how many.</summary>
    void Progress(int received, int total);
}

/// <summary>A device's OTA agent, from boot to reboot.</summary>
public interface IAgent
{
    /// <summary>The connection stands (anew): after a boot, or after it was lost.</summary>
    void OnConnected();

    void OnMessage(string topic, ReadOnlySpan<byte> payload);

    /// <summary>SUBACK said no. Most firmware does not look.</summary>
    void OnRefused(string filter)
    {
    }

    /// <summary>
    /// The answer to a range request, which may come late and after it was asked again; status 0 stands for no answer at all.
    /// </summary>
    void OnRange(string url, long first, int status, ReadOnlySpan<byte> body);

    void OnTimer();
}
