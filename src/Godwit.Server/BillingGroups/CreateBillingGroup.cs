using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.BillingGroups;

/// <summary>CreateBillingGroup — POST /billing-groups/{billingGroupName}. The same group again is no error.</summary>
public sealed class CreateBillingGroup(Database database, IRandomSource random) : IOperation<CreateBillingGroup.Request, CreateBillingGroup.Response>
{
    public sealed record Request
    {
        public required string BillingGroupName { get; init; }

        public BillingGroupProperties? BillingGroupProperties { get; init; }

        public IReadOnlyList<Tag>? Tags { get; init; }
    }

    public sealed record Response(string BillingGroupName, string BillingGroupArn, string BillingGroupId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session =>
    {
        var (name, resource) = (request.BillingGroupName, "billinggroup/" + request.BillingGroupName);
        var arn = caller.IotArn(resource);
        var description = request.BillingGroupProperties?.BillingGroupDescription;
        if (BillingGroupStore.Find(session, caller.Account, name) is { } existing)
            return existing.Description == description
                ? new Response(name, arn, existing.GroupId)
                : Errors.ResourceAlreadyExists($"Billing Group {name} already exists in current account with different properties", existing.GroupId, arn);
        var id = random.NewUuid();
        session.Execute(
            """
            INSERT INTO billing_group (account, group_name, group_id, description, version, created_at_ms)
            VALUES (@Account, @name, @id, @description, 1, @NowMs)
            """,
            new { caller.Account, name, id, description, session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(CreateBillingGroup), resource, null, description));
        return ResourceTags.Put(session, caller.Account, resource, request.Tags).Map(_ => new Response(name, arn, id));
    }, ct);
}
