using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Certificates;

/// <summary>ListThingPrincipals — GET /things/{thingName}/principals</summary>
public sealed class ListThingPrincipals(Database database) : IOperation<ListThingPrincipals.Request, ListThingPrincipals.Response>
{
    public sealed record Request
    {
        public required string ThingName { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }
    }

    public sealed record Response(IReadOnlyList<string> Principals, string? NextToken);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (!PageToken.TryRead(nameof(ListThingPrincipals), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!Membership.ThingExists(session, caller.Account, request.ThingName))
                return CertificateErrors.NoThing(request.ThingName);
            var rows = PrincipalStore.PageOfThing(session, caller.Account, request.ThingName, type: null, after[0], size + 1);
            var page = PageToken.Page(
                nameof(ListThingPrincipals), rows, size,
                row => caller.IotArn("cert/" + row.CertificateId),
                row => [row.CertificateId]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
