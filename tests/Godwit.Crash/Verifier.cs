using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Crash;

/// <summary>Reads back what was promised.</summary>
public sealed class Verifier(AwsClient aws)
{
    /// <returns>What is missing or different, in words.</returns>
    public async Task<IReadOnlyCollection<string>> Check(IEnumerable<Promise> promises, CancellationToken ct)
    {
        var losses = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(promises, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = ct }, async (promise, token) =>
        {
            try
            {
                var found = await Read(promise, token);
                if (found != promise.Expected)
                    losses.Enqueue($"{promise.Kind} {promise.Name}: promised {promise.Expected}, found {found}");
            }
            catch (AwsCallException refusal)
            {
                losses.Enqueue($"{promise.Kind} {promise.Name}: {refusal.Message}");
            }
        });
        return losses;
    }

    private async Task<string> Read(Promise promise, CancellationToken ct) => promise.Kind switch
    {
        "thing" => (await aws.Call("iot", HttpMethod.Get, $"/things/{promise.Name}", null, ct))["attributes"]!["serial"]!.GetValue<string>(),
        "object" => Convert.ToHexString(await aws.S3Bytes($"/{Load.Bucket}/{promise.Name}", ct)),
        "update" => await UpdateStands(promise.Name, ct),
        _ => throw new ArgumentException(promise.Kind),
    };

    /// <summary>An acknowledged CreateOTAUpdate is never forgotten; its creation is resumed and ends well.</summary>
    private async Task<string> UpdateStands(string id, CancellationToken ct)
    {
        for (var i = 0; ; i++)
        {
            var info = (await aws.Call("iot", HttpMethod.Get, $"/otaUpdates/{id}", null, ct))["otaUpdateInfo"]!.AsObject();
            var status = info["otaUpdateStatus"]!.GetValue<string>();
            if (status is not ("CREATE_PENDING" or "CREATE_IN_PROGRESS") || i == 500)
                return status == "CREATE_FAILED" ? $"{status} {info["errorInfo"]?.ToJsonString()}" : status;
            await Task.Delay(10, ct);
        }
    }
}
