using System.Diagnostics;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Hosting;
using Godwit.Server.Mqtt;
using Godwit.Server.Storage;
using Godwit.Server.Tls;

namespace Godwit.Server.Http;

/// <summary>
/// The part of Godwit's own API that tells how the service is: the state to everyone who may read, the parts with numbers to admins; <c>/health/live</c> and
/// <c>/health/ready</c> are for probes.
/// </summary>
public sealed class GodwitHealthDoor(Database database, DataDirectory data, Readiness readiness, IServiceProvider services, TimeProvider time)
{
    public const string Operations = "GET /godwit/health";

    /// <summary>What a policy must allow to read beside <c>health</c> to be told the parts.</summary>
    public const string Detail = "health/detail";

    private static readonly TimeSpan SlowDatabase = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CertificateSoon = TimeSpan.FromDays(30);
    private const long DiskLowBytes = 256L << 20;

    private readonly long _started = time.GetTimestamp();

    /// <summary>Null where the request is none of these.</summary>
    /// <param name="isAdmin">Whether the caller may see more than the state.</param>
    internal Task<ServiceError?>? Serve(Exchange exchange, Caller caller, Func<bool> isAdmin) =>
        exchange.Request is { Method: "GET", RawPath: "/godwit/health" } ? Tell(exchange, caller, isAdmin()) : null;

    private async Task<ServiceError?> Tell(Exchange exchange, Caller caller, bool inDetail)
    {
        exchange.Operation = "godwit.DescribeHealth";
        var components = new List<Component> { await Database(exchange.Aborted), Disk(), Broker(), Certificate() };
        var status = !readiness.IsReady || components.Exists(one => one.Status == "DOWN") ? "DOWN" : components.Exists(one => one.Status == "DEGRADED") ? "DEGRADED" : "UP";
        var health = inDetail
            ? new Health(status, (long)time.GetElapsedTime(_started).TotalSeconds, Process.GetCurrentProcess().WorkingSet64, caller.Account, components)
            : new Health(status, null, null, null, null);
        await exchange.Send(200, "application/json", JsonSerializer.SerializeToUtf8Bytes(health, WireJson.Options));
        return null;
    }

    private async Task<Component> Database(CancellationToken ct)
    {
        var asked = time.GetTimestamp();
        try
        {
            var records = await database.Read(session => session.First<long>("SELECT COALESCE(MAX(seq), 0) FROM journal"), ct);
            var took = time.GetElapsedTime(asked);
            return new Component("database", took > SlowDatabase ? "DEGRADED" : "UP", $"answered in {took.TotalMilliseconds:0.0} ms; {records} journal records");
        }
        catch (StorageException failure)
        {
            return new Component("database", "DOWN", failure.Message);
        }
    }

    private Component Disk()
    {
        var free = new DriveInfo(data.Root).AvailableFreeSpace;
        return new Component("disk", free < DiskLowBytes ? "DEGRADED" : "UP", $"{free >> 20} MiB are free");
    }

    private Component Broker()
    {
        var broker = ((DeviceDoor?)services.GetService(typeof(DeviceDoor)))?.Broker;
        if (broker is null)
            return new Component("mqtt", "DOWN", "the device door is not open");
        var count = broker.Count();
        return new Component("mqtt", "UP", $"{count.Connected} devices connected, {count.Sessions} sessions, {count.Drops} messages dropped since the start");
    }

    private Component Certificate()
    {
        if (services.GetService(typeof(ServerCertificate)) is not ServerCertificate server)
            return new Component("certificate", "DOWN", "there is none");
        var until = new DateTimeOffset(server.Certificate.NotAfter);
        return new Component("certificate", until - time.GetUtcNow() < CertificateSoon ? "DEGRADED" : "UP", $"valid until {until:u}");
    }

    private sealed record Health(string Status, long? UptimeSeconds, long? MemoryBytes, string? Account, IReadOnlyList<Component>? Components);

    private sealed record Component(string Name, string Status, string Details);
}
