using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.BillingGroups;

/// <summary>DeleteBillingGroup — DELETE /billing-groups/{billingGroupName}. Its things stay and are in none; a group that is not there is deleted already.</summary>
public sealed class DeleteBillingGroup(Database database) : IOperation<DeleteBillingGroup.Request, Nothing>
{
    public sealed record Request
    {
        public required string BillingGroupName { get; init; }

        public long? ExpectedVersion { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (BillingGroupStore.Find(session, caller.Account, request.BillingGroupName) is not { } row)
            return default(Nothing);
        if (request.ExpectedVersion is { } expected && expected != row.Version)
            return Errors.VersionConflict($"The version of billing group {row.GroupName} is {row.Version}, not the expected {expected}. Read it again and repeat the deletion.");
        session.Execute(
            "UPDATE thing SET billing_group_name = NULL WHERE billing_group_name = @GroupName AND account = @Account", new { caller.Account, row.GroupName });
        session.Execute("DELETE FROM billing_group WHERE account = @Account AND group_name = @GroupName", new { caller.Account, row.GroupName });
        ResourceTags.Clear(session, caller.Account, "billinggroup/" + row.GroupName);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteBillingGroup), "billinggroup/" + row.GroupName, row.Description, null));
        return default(Nothing);
    }, ct);
}
