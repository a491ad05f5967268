using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Crash;

/// <summary>Operators at work: things, tags of state and objects, written as fast as they are acknowledged.</summary>
public sealed class Load(AwsClient aws, Ledger ledger, int worker)
{
    public const string Bucket = "crash-bucket";

    private int _next;

    public async Task Run(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var number = _next++;
            try
            {
                if (number % 3 == 0)
                    await PutObject($"w{worker}/{number}", ct);
                else
                    await CreateThing($"crash-{worker}-{number}", ct);
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException)
            {
                ledger.NotAnswered();
                if (!ct.IsCancellationRequested)
                    await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    private async Task CreateThing(string name, CancellationToken ct)
    {
        var serial = $"{worker}-{name.Length}";
        await aws.Call("iot", HttpMethod.Post, $"/things/{name}", new JsonObject { ["attributePayload"] = new JsonObject { ["attributes"] = new JsonObject { ["serial"] = serial } } }, ct);
        ledger.Acknowledged(new Promise("thing", name, serial));
    }

    private async Task PutObject(string key, CancellationToken ct)
    {
        var bytes = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key));
        await aws.S3(HttpMethod.Put, $"/{Bucket}/{key}", bytes, ct);
        ledger.Acknowledged(new Promise("object", key, Convert.ToHexString(bytes)));
    }
}
