using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>ListThingPrincipalsV2 — GET /things/{thingName}/principals-v2, with how each is attached</summary>
public sealed class ListThingPrincipalsV2(Database database) : IOperation<ListThingPrincipalsV2.Request, ListThingPrincipalsV2.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? ThingPrincipalType { get; init; }
    }

    public sealed record Response(IReadOnlyList<ThingPrincipalObject> ThingPrincipalObjects, string? NextToken);

    public sealed record ThingPrincipalObject(string Principal, string ThingPrincipalType);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingPrincipalsV2), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!Membership.ThingExists(session, caller.Account, request.ThingName))
                return CertificateErrors.NoThing(request.ThingName);
            var rows = PrincipalStore.PageOfThing(session, caller.Account, request.ThingName, request.ThingPrincipalType, after[0], size + 1);
            var page = PageToken.Page(
                nameof(ListThingPrincipalsV2), rows, size,
                row => new ThingPrincipalObject(caller.IotArn("cert/" + row.CertificateId), row.PrincipalType),
                row => [row.CertificateId]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
