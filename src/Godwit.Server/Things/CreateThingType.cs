using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Things;

/// <summary>CreateThingType — POST /thing-types/{thingTypeName}. The same type again is no error.</summary>
public sealed class CreateThingType(Database database, IRandomSource random, RegistryHooks hooks) : IOperation<CreateThingType.Request, CreateThingType.Response>
{
    public sealed record Request
    {
        public required string ThingTypeName { get; init; }

        public ThingTypeProperties? ThingTypeProperties { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string ThingTypeName, string ThingTypeArn, string ThingTypeId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var properties = request.ThingTypeProperties ?? new ThingTypeProperties();
        if (properties.Refuse() is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        var (name, id, text) = (request.ThingTypeName, random.NewUuid(), properties.ToText());
        var (resource, arn) = ("thingtype/" + name, caller.IotArn("thingtype/" + name));
        return database.Change<Response>(session =>
        {
            if (ThingTypeStore.Find(session, caller.Account, name) is { } existing)
                return existing.Properties == text
                    ? new Response(name, arn, existing.ThingTypeId)
                    : ThingErrors.TypeExists(name, existing.ThingTypeId, arn);
            session.Execute(
                """
                INSERT INTO thing_type (account, thing_type_name, thing_type_id, properties, created_at_ms)
                VALUES (@Account, @name, @id, @text, @NowMs)
                """,
                new { caller.Account, name, id, text, session.NowMs });
            session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateThingType), resource, null, text));
            hooks.TypeChanged(session, caller, name, RegistryChange.Created);
            return ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(_ => new Response(name, arn, id));
        }, ct);
    }
}
