using System.Text.Json.Nodes;
using Godwit.Fleet.Operator;

namespace Godwit.Bench.Api;

/// <summary>One operation as a client sends it; names are the client's, so that each call makes something of its own.</summary>
public sealed record ApiCall(string Operation, HttpMethod Method, Func<string, string> Path, Func<JsonObject?> Body)
{
    public static ApiCall DescribeThing { get; } = new("DescribeThing", HttpMethod.Get, _ => "/things/target", () => null);

    public static ApiCall CreateThing { get; } = new("CreateThing", HttpMethod.Post, name => $"/things/{name}", () => new() { ["attributePayload"] = new JsonObject { ["attributes"] = new JsonObject { ["hw"] = "rev3" } } });

    /// <summary>With what is done behind the answer: objects looked at, stream and job made.</summary>
    public static ApiCall CreateOtaUpdate { get; } = new("CreateOTAUpdate", HttpMethod.Post, name => $"/otaUpdates/{name}", () => new()
    {
        ["targets"] = new JsonArray("arn:aws:iot:us-east-1:000000000000:thing/target"),
        ["roleArn"] = "arn:aws:iam::000000000000:role/bench",
        ["files"] = new JsonArray(new JsonObject
        {
            ["fileName"] = "/fw/app.bin",
            ["fileLocation"] = new JsonObject { ["s3Location"] = new JsonObject { ["bucket"] = "bench", ["key"] = "image.bin" } },
            ["codeSigning"] = new JsonObject
            {
                ["customCodeSigning"] = new JsonObject
                {
                    ["signature"] = new JsonObject { ["inlineDocument"] = "TUVVQ0lRRHg=" },
                    ["certificateChain"] = new JsonObject { ["certificateName"] = "/certs/signer.crt" },
                    ["hashAlgorithm"] = "SHA256",
                    ["signatureAlgorithm"] = "ECDSA",
                },
            },
        }),
    });

    public Task Send(AwsClient aws, string name, CancellationToken ct) => aws.Call("iot", Method, Path(name), Body(), ct);
}
