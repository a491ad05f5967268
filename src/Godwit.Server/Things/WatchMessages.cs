using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>
/// WatchMessages — POST /godwit/things/{thingName}/messages: keeps what passes between a device and the MQTT door from now on, for some minutes; DELETE ends it. Payloads are
/// other people's data, so whoever watches stands in the journal.
/// </summary>
public sealed class WatchMessages(Database database, MessageTails tails, TimeProvider time) : IOperation<WatchMessages.Request, WatchMessages.Response>
{
    private const int MinutesMax = 60;
    private const int MinutesUsual = 10;

    /// <param name="Minutes">1 to 60; null for ten; 0 to end it.</param>
    public sealed record Request(string ThingName, int? Minutes);

    public sealed record Response(string ThingName, DateTimeOffset? Until);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var minutes = request.Minutes ?? MinutesUsual;
        if (minutes is < 0 or > MinutesMax)
            return Errors.InvalidRequest($"minutes must be from 1 to {MinutesMax}.");
        var noted = await database.Change(session => Note(session, caller, request.ThingName, minutes), ct);
        if (!noted.IsOk)
            return noted.Error;
        if (minutes == 0)
        {
            tails.Stop(caller.Account, request.ThingName);
            return new Response(request.ThingName, null);
        }
        return tails.Watch(caller.Account, request.ThingName, TimeSpan.FromMinutes(minutes)) is not null
            ? new Response(request.ThingName, time.GetUtcNow().AddMinutes(minutes))
            : Errors.LimitExceeded($"{MessageTails.DevicesMax} devices are watched already. End one, or wait until its minutes are over.");
    }

    private static Result<Nothing> Note(WriteSession session, Caller caller, string thing, int minutes)
    {
        if (DeviceThing.Find(session, caller.Account, thing) is null)
            return Errors.ResourceNotFound($"Thing {thing} cannot be found.");
        session.Record(new Fact(caller.Account, caller.Arn, nameof(WatchMessages), "thing/" + thing, null, minutes == 0 ? "ended" : $"{minutes} minutes", Thing: thing));
        return default(Nothing);
    }
}
