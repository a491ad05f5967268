using System.Text.Json;
using Godwit.Core;
using Godwit.Pages.Shared;
using Godwit.Server.Http;
using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Access;

/// <summary>Keys for tools, made and revoked by IAM's own operations as the person who is signed in. A secret is answered once and kept nowhere by the console.</summary>
internal static class AccessKeyEndpoints
{
    private const string Policies = "arn:aws:iam::aws:policy/";

    /// <summary>What a new user of a tool may do, by AWS's policies; the empty one leaves it to others.</summary>
    public static readonly IReadOnlyList<(string Policy, string Words)> Rights =
    [
        ("PowerUserAccess", "everything but users and keys"), ("AWSIoTConfigAccess", "updates, jobs, things, policies: no objects"), ("ReadOnlyAccess", "read only"), ("AdministratorAccess", "everything"),
        ("", "nothing yet: attach policies by iam attach-user-policy"),
    ];

    public static async Task Create(HttpContext context, Visit visit, InnerCalls calls)
    {
        if (await Read(context) is not { UserName: { Length: > 0 } name } order || !Rights.Any(right => right.Policy == (order.Policy ?? "")))
        {
            await Answer(context, Errors.InvalidRequest("Send {\"userName\": \"ci\", \"policy\": \"PowerUserAccess\"}."));
            return;
        }
        var ct = context.RequestAborted;
        var made = await calls.CallIam(visit.User!, "CreateUser", new Dictionary<string, string> { ["UserName"] = name }, ct);
        // A user that is there gets another key, and keeps its rights as they are.
        var refused = made.Error is { Code: not "EntityAlreadyExists" } error ? error : null;
        if (refused is null && made.IsOk && order.Policy is { Length: > 0 } policy)
            refused = (await calls.CallIam(visit.User!, "AttachUserPolicy", new Dictionary<string, string> { ["UserName"] = name, ["PolicyArn"] = Policies + policy }, ct)).Error;
        var key = refused is null ? await calls.CallIam(visit.User!, "CreateAccessKey", new Dictionary<string, string> { ["UserName"] = name }, ct) : refused;
        if (key.IsOk)
            await context.Response.WriteAsJsonAsync(new { accessKeyId = key.Value["AccessKeyId"], secretAccessKey = key.Value["SecretAccessKey"] }, ct);
        else
            await Answer(context, key.Error);
    }

    public static async Task Change(HttpContext context, string id, string user, string? status, Visit visit, InnerCalls calls)
    {
        var parameters = new Dictionary<string, string> { ["UserName"] = user, ["AccessKeyId"] = id };
        if (HttpMethods.IsPatch(context.Request.Method))
            parameters["Status"] = status ?? "";
        await Answer(context, (await calls.CallIam(visit.User!, HttpMethods.IsPatch(context.Request.Method) ? "UpdateAccessKey" : "DeleteAccessKey", parameters, context.RequestAborted)).Error);
    }

    private static async Task<Order?> Read(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFromJsonAsync<Order>(context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task Answer(HttpContext context, ServiceError? refused)
    {
        context.Response.StatusCode = refused?.Status ?? 200;
        return refused is null
            ? context.Response.WriteAsJsonAsync(new { }, context.RequestAborted)
            : context.Response.WriteAsJsonAsync(new { code = refused.Code, message = refused.Message }, context.RequestAborted);
    }

    private sealed record Order(string? UserName, string? Policy);
}
