using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Packages;

/// <summary>CreatePackage — PUT /packages/{packageName}. The same call again, known by its clientToken, is no error.</summary>
public sealed class CreatePackage(Database database) : IOperation<CreatePackage.Request, CreatePackage.Response>
{
    public sealed record Request
    {
        public required string PackageName { get; init; }

        public string? Description { get; init; }

        public IReadOnlyDictionary<string, string>? Tags { get; init; }

        public string? ClientToken { get; init; }
    }

    public sealed record Response(string PackageName, string PackageArn, string? Description);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
    {
        var (name, resource) = (request.PackageName, PackageStore.Resource(request.PackageName));
        var answer = new Response(name, caller.IotArn(resource), request.Description);
        if (PackageStore.Find(session, caller.Account, name) is { } existing)
            return request.ClientToken is not null && existing.ClientToken == request.ClientToken
                ? answer with { Description = existing.Description }
                : PackageStore.Conflict($"Package {name} already exists. Change it with UpdatePackage.", name);
        session.Execute(
            """
            INSERT INTO package (account, package_name, description, client_token, created_at_ms, modified_at_ms)
            VALUES (@Account, @name, @Description, @ClientToken, @NowMs, @NowMs)
            """,
            new { caller.Account, name, request.Description, request.ClientToken, session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreatePackage), resource, null, request.Description));
        return PackageStore.Tag(session, caller, resource, request.Tags).Map(_ => answer);
    }, ct);
}
