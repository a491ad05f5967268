using System.Text.Json;
using Godwit.Core;
using Godwit.Pages.Shared;
using Microsoft.AspNetCore.Http;

namespace Godwit.Pages.Fleet;

/// <summary>What the emulator's panel does. Devices are registered as the person who asks, so the role must allow that.</summary>
internal static class EmulatedEndpoints
{
    /// <summary>The operation that only an approver may call, and without which there is no device.</summary>
    public const string Wanted = "CreateCertificateFromCsr";

    public static async Task Add(HttpContext context, Visit visit, ConsoleApi api, EmulatedFleet fleet)
    {
        try
        {
            var order = visit.May(Wanted) ? await context.Request.ReadFromJsonAsync<FleetOrder>(context.RequestAborted) : null;
            await Answer(context, !visit.May(Wanted) ? Forbidden(visit)
                : order is null ? FleetOrder.Malformed
                : order.Mistake ?? fleet.Add(api, order));
        }
        catch (JsonException)
        {
            await Answer(context, FleetOrder.Malformed);
        }
    }

    public static async Task Firmware(HttpContext context, Visit visit, S3Reader s3, EmulatedFleet fleet)
    {
        var made = visit.May("s3.PUT") ? await fleet.MakeFirmware(s3) : Forbidden(visit);
        if (made.IsOk)
            await context.Response.WriteAsJsonAsync(new { next = made.Value }, context.RequestAborted);
        else
            await Answer(context, made.Error);
    }

    public static async Task Stop(HttpContext context, Visit visit, EmulatedFleet fleet)
    {
        if (visit.May(Wanted))
            await fleet.Stop();
        await Answer(context, visit.May(Wanted) ? null : Forbidden(visit));
    }

    private static ServiceError Forbidden(Visit visit) =>
        Errors.AccessDenied($"Emulated devices get certificates, which needs the role approver, and {visit.User!.UserName} is {visit.User.Role}. Ask an admin.");

    private static Task Answer(HttpContext context, ServiceError? refused)
    {
        context.Response.StatusCode = refused?.Status ?? 200;
        return refused is null
            ? context.Response.WriteAsJsonAsync(new { }, context.RequestAborted)
            : context.Response.WriteAsJsonAsync(new { code = refused.Code, message = refused.Message }, context.RequestAborted);
    }
}
