using System.Text.Json;
using Godwit.Server;

namespace Godwit.Verbs;

/// <summary>What a running service leaves in its data folder, so that other verbs find it: ports and region. Gone once it has stopped.</summary>
public sealed record RunningService(string Host, int ApiPort, int MqttPort, int HttpsPort, string Region, int ProcessId)
{
    private const string FileName = "running.json";

    public static void Write(string data, Endpoints at, string region) =>
        File.WriteAllText(
            Path.Combine(data, FileName),
            JsonSerializer.Serialize(new RunningService("127.0.0.1", at.ApiPort, at.MqttPort, at.HttpsPort, region, Environment.ProcessId)));

    public static void Remove(string data) => File.Delete(Path.Combine(data, FileName));

    /// <summary>The service that runs on this folder, or null.</summary>
    public static RunningService? Find(string data)
    {
        var file = Path.Combine(data, FileName);
        return File.Exists(file) ? JsonSerializer.Deserialize<RunningService>(File.ReadAllText(file)) : null;
    }
}
