namespace Godwit.Mqtt;

/// <summary>
/// Acknowledgements leave in the order of what they answer [MQTT-4.6.0-2] [MQTT-4.6.0-3], although some wait until a message is
/// written. The reader goes on meanwhile, as far as the window that the client was told.
/// </summary>
internal sealed class AckLine(int waitingMax, Action<Exception> failed)
{
    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;
    private int waiting;

    /// <summary>Runs <paramref name="send"/> when its turn has come; the answer is to be waited for before the next packet is read.</summary>
    public ValueTask Add(ValueTask before, Action send)
    {
        lock (gate)
        {
            if (before.IsCompletedSuccessfully && last.IsCompleted)
            {
                send();
                return default;
            }

            waiting++;
            last = Wait(last, before, send);
            return waiting < waitingMax ? default : new ValueTask(last);
        }
    }

    private async Task Wait(Task earlier, ValueTask before, Action send)
    {
        try
        {
            await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            await before.ConfigureAwait(false);
            send();
        }
        catch (Exception failure)
        {
            failed(failure);
        }
        finally
        {
            lock (gate)
                waiting--;
        }
    }
}
