using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Policies;

/// <summary>CreatePolicy — POST /policies/{policyName}. The document becomes version 1, the default.</summary>
public sealed class CreatePolicy(Database database, IRandomSource random) : IOperation<CreatePolicy.Request, CreatePolicy.Response>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string PolicyDocument { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string PolicyName, string PolicyArn, string PolicyDocument, string PolicyVersionId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (IotPolicy.Parse(request.PolicyDocument).Error is { } refusal)
            return Task.FromResult<Result<Response>>(refusal);
        var (name, document, generationId) = (request.PolicyName, request.PolicyDocument, random.NewUuid());
        var (resource, arn) = ("policy/" + name, caller.IotArn("policy/" + name));
        return database.Change<Response>(session =>
        {
            if (PolicyStore.Exists(session, caller.Account, name))
                return PolicyErrors.Exists(name, arn);
            PolicyStore.Insert(session, caller.Account, name, generationId);
            PolicyStore.InsertVersion(session, caller.Account, name, 1, document);
            session.Record(new Fact(caller.Account, caller.Arn, nameof(CreatePolicy), resource, null, document));
            return ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(_ => new Response(name, arn, document, "1"));
        }, ct);
    }
}
