using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>ListPrincipalThingsV2 — GET /principals/things-v2, with how it is attached to each</summary>
public sealed class ListPrincipalThingsV2(Database database) : IOperation<ListPrincipalThingsV2.Request, ListPrincipalThingsV2.Response>
{
    public sealed record Request
    {
        public required string Principal { get; init; }

        public string? NextToken { get; init; }

        public int? MaxResults { get; init; }

        public string? ThingPrincipalType { get; init; }
    }

    public sealed record Response(IReadOnlyList<PrincipalThingObject> PrincipalThingObjects, string? NextToken);

    public sealed record PrincipalThingObject(string ThingName, string ThingPrincipalType);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var certificateId = PrincipalStore.Read(caller, request.Principal);
        if (!certificateId.IsOk)
            return Task.FromResult<Result<Response>>(certificateId.Error);
        if (!PageToken.TryRead(nameof(ListPrincipalThingsV2), request.NextToken, 1, out var after))
            return Task.FromResult<Result<Response>>(PageToken.Invalid);
        var size = request.MaxResults ?? PageToken.DefaultSize;
        return database.Read<Result<Response>>(session =>
        {
            if (!CertificateStore.Exists(session, caller.Account, certificateId.Value))
                return CertificateErrors.NoCertificate(certificateId.Value);
            var rows = PrincipalStore.PageOfCertificate(session, caller.Account, certificateId.Value, request.ThingPrincipalType, after[0], size + 1);
            var page = PageToken.Page(
                nameof(ListPrincipalThingsV2), rows, size,
                row => new PrincipalThingObject(row.ThingName, row.PrincipalType),
                row => [row.ThingName]);
            return new Response(page.Items, page.NextToken);
        }, ct);
    }
}
