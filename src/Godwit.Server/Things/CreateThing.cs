using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Things;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>CreateThing — POST /things/{thingName}. The same thing again is no error; another one under the name is.</summary>
public sealed class CreateThing(Database database, IRandomSource random, RegistryHooks hooks) : IOperation<CreateThing.Request, CreateThing.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? ThingTypeName { get; init; }

        public AttributePayload? AttributePayload { get; init; }

        public string? BillingGroupName { get; init; }
    }

    public sealed record Response(string ThingName, string ThingArn, string ThingId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var attributes = RegistryAttributes.Apply(NoAttributes, request.AttributePayload?.Attributes, merge: false);
        if (RegistryAttributes.RefuseForThing(attributes, request.ThingTypeName) is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        var row = new ThingRow
        {
            ThingName = request.ThingName,
            ThingId = random.NewUuid(),
            ThingTypeName = request.ThingTypeName,
            Attributes = AttributeText.Of(attributes),
            Version = 1,
            BillingGroupName = request.BillingGroupName,
        };
        return database.Change(session => Create(session, caller, row), ct);
    }

    private static readonly Dictionary<string, string> NoAttributes = [];

    private Result<Response> Create(WriteSession session, Caller caller, ThingRow row)
    {
        var arn = caller.IotArn("thing/" + row.ThingName);
        if (ThingStore.Find(session, caller.Account, row.ThingName) is { } existing)
            return existing.Attributes == row.Attributes && existing.ThingTypeName == row.ThingTypeName && existing.BillingGroupName == row.BillingGroupName
                ? new Response(row.ThingName, arn, existing.ThingId)
                : ThingErrors.ThingExists(row.ThingName, existing.ThingId, arn);
        if (ThingTypeStore.RefuseForThing(session, caller.Account, row.ThingTypeName) is { } refusal)
            return refusal;
        if (row.BillingGroupName is { } billing && !ThingStore.HasBillingGroup(session, caller.Account, billing))
            return ThingErrors.NoBillingGroup(billing);
        ThingStore.Insert(session, caller.Account, row with { CreatedAtMs = session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateThing), "thing/" + row.ThingName, null, row.Attributes, Thing: row.ThingName));
        hooks.ThingCreated(session, caller, row.ThingName);
        return new Response(row.ThingName, arn, row.ThingId);
    }
}
