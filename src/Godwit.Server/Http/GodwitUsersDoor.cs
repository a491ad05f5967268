using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Access.Users;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>The part of Godwit's own API that keeps the console's users.</summary>
public sealed class GodwitUsersDoor(ListAccessKeys keys, ListUsers list, CreateUser create, UpdateUser update, DeleteUser delete)
{
    public const string Operations = "GET /godwit/access-keys, GET and POST /godwit/users, PATCH and DELETE /godwit/users/{userName}";

    /// <summary>Null where the request is none of these.</summary>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller, byte[] body)
    {
        var path = exchange.Request.RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (exchange.Request.Method, path) switch
        {
            ("GET", ["godwit", "access-keys"]) => Run(exchange, "ListAccessKeys", () => keys.Handle(caller, new(), exchange.Aborted)),
            ("GET", ["godwit", "users"]) => Run(exchange, "ListUsers", () => list.Handle(caller, new(), exchange.Aborted)),
            ("POST", ["godwit", "users"]) => Run<CreateUser.Request, CreateUser.Response>(exchange, "CreateUser", body, request => create.Handle(caller, request, exchange.Aborted)),
            ("PATCH", ["godwit", "users", var name]) => Run<UpdateUser.Request, Nothing>(
                exchange, "UpdateUser", body, request => update.Handle(caller, request with { UserName = PercentText.Decode(name) }, exchange.Aborted)),
            ("DELETE", ["godwit", "users", var name]) => Run(
                exchange, "DeleteUser", () => delete.Handle(caller, new DeleteUser.Request(PercentText.Decode(name) ?? ""), exchange.Aborted)),
            _ => null,
        };
    }

    private static Task<ServiceError?> Run<TRequest, TResponse>(Exchange exchange, string operation, byte[] body, Func<TRequest, Task<Result<TResponse>>> call)
    {
        try
        {
            return JsonSerializer.Deserialize<TRequest>(body, WireJson.Options) is { } request
                ? Run(exchange, operation, () => call(request))
                : Task.FromResult<ServiceError?>(SerializationErrors.NotAnObject);
        }
        catch (JsonException broken)
        {
            return Task.FromResult<ServiceError?>(SerializationErrors.NotJson(broken));
        }
    }

    private static async Task<ServiceError?> Run<TResponse>(Exchange exchange, string operation, Func<Task<Result<TResponse>>> call)
    {
        exchange.Operation = "godwit." + operation;
        var result = await call();
        if (!result.IsOk)
            return result.Error;
        await exchange.Send(200, "application/json", result.Value is Nothing ? "{}"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(result.Value, WireJson.Options));
        return null;
    }
}
