using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Cli;

/// <summary>A running service, asked by its signed API only: a verb can do nothing that an SDK could not.</summary>
public sealed class ServiceClient(ServiceTarget target, TimeProvider time) : IDisposable
{
    private readonly AwsClient _aws = new(target.Endpoint, target.AccessKeyId, target.Secret, target.Region, time, target.SessionToken);

    public ServiceTarget Target => target;

    public AwsClient Aws => _aws;

    public TimeProvider Time => time;

    public Task<JsonObject> Get(string path, CancellationToken ct) => _aws.Call("iot", HttpMethod.Get, path, null, ct);

    public Task<JsonObject> Post(string path, JsonObject? body, CancellationToken ct) => _aws.Call("iot", HttpMethod.Post, path, body, ct);

    public Task<JsonObject> Put(string path, JsonObject? body, CancellationToken ct) => _aws.Call("iot", HttpMethod.Put, path, body, ct);

    public Task<JsonObject> Patch(string path, JsonObject? body, CancellationToken ct) => _aws.Call("iot", HttpMethod.Patch, path, body, ct);

    public Task<JsonObject> Delete(string path, CancellationToken ct) => _aws.Call("iot", HttpMethod.Delete, path, null, ct);

    /// <summary>Rows of a list over its pages, up to a number.</summary>
    /// <param name="path">With its query, or none.</param>
    public async Task<List<JsonObject>> List(string path, string member, int max, CancellationToken ct)
    {
        var rows = new List<JsonObject>();
        string? token = null;
        do
        {
            var page = await Get(token is null ? path : $"{path}{(path.Contains('?') ? '&' : '?')}nextToken={Uri.EscapeDataString(token)}", ct);
            rows.AddRange(page.Rows(member).Take(max - rows.Count));
            token = page.Text("nextToken");
        }
        while (token is not null && rows.Count < max);
        return rows;
    }

    public void Dispose() => _aws.Dispose();
}
