using System.Text.Json.Nodes;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Tests.Http.Binding;

namespace Godwit.Server.Tests.Attacks;

/// <summary>Calls any operation of the models, each in the protocol of its service.</summary>
internal static class ModelCalls
{
    public static SignedClient ClientOf(this TestServer server, JsonService service, PresetAccessKey key) =>
        server.Client(service.Name is "iot-data" ? "iotdata" : service.Name, key);

    public static Task<Answer> Call(this SignedClient client, OperationModel operation, JsonObject members)
    {
        // The one pattern that no sample text meets by itself.
        if (members.ContainsKey("CertificateArn"))
            members["CertificateArn"] = $"arn:aws:acm:us-east-1:{TestServer.Key.Account}:certificate/12345678-1234-1234-1234-123456789012";
        var (path, body, headers) = ModelCases.ToHttp(operation, members);
        if (operation.Service == "acm")
            headers = [new("X-Amz-Target", $"CertificateManager.{operation.Name}"), new("Content-Type", JsonTargetDoor.ContentType)];
        return client.Send(operation.Method, path, body.Length > 0 ? body : operation.Service == "acm" ? "{}"u8.ToArray() : null, headers);
    }
}
