using System.Text.Json;
using Godwit.Core;
using Godwit.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Shared;

/// <summary>The pages' only way to anything: the operations, as the person who is signed in.</summary>
public sealed class ConsoleApi(InnerCalls calls, Visit visit)
{
    /// <summary>A read, answered as the operation's own record.</summary>
    /// <param name="target">Path and query, with every name through <see cref="Uri.EscapeDataString(string)"/>.</param>
    public Task<Result<T>> Get<T>(string service, string target, CancellationToken ct = default) => Send<T>(service, HttpMethods.Get, target, null, ct);

    /// <summary>A call with a body of JSON.</summary>
    public async Task<Result<T>> Send<T>(string service, string method, string target, object? body, CancellationToken ct = default, string? principal = null)
    {
        if (visit.User is not { } user)
            return Errors.Unauthorized("You are signed out. Sign in again.");
        var bytes = body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options);
        return (await calls.Call(user, service, method, target, bytes, ct, principal)).Read<T>();
    }
}
