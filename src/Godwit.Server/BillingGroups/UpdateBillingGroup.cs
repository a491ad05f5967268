using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.BillingGroups;

/// <summary>UpdateBillingGroup — PATCH /billing-groups/{billingGroupName}</summary>
public sealed class UpdateBillingGroup(Database database) : IOperation<UpdateBillingGroup.Request, UpdateBillingGroup.Response>
{
    public sealed record Request
    {
        public required string BillingGroupName { get; init; }

        public required BillingGroupProperties BillingGroupProperties { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public sealed record Response(long Version);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Response>(session =>
    {
        if (BillingGroupStore.Find(session, caller.Account, request.BillingGroupName) is not { } old)
            return BillingGroupStore.NotFound(request.BillingGroupName);
        if (request.ExpectedVersion is { } expected && expected != old.Version)
            return Errors.VersionConflict($"The version of billing group {old.GroupName} is {old.Version}, not the expected {expected}. Read it again and repeat the change.");
        var description = request.BillingGroupProperties.BillingGroupDescription ?? old.Description;
        session.Execute(
            "UPDATE billing_group SET description = @description, version = version + 1 WHERE account = @Account AND group_name = @GroupName",
            new { caller.Account, old.GroupName, description });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(UpdateBillingGroup), "billinggroup/" + old.GroupName, old.Description, description));
        return new Response(old.Version + 1);
    }, ct);
}
