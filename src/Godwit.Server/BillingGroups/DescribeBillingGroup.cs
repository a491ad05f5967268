using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.BillingGroups;

/// <summary>DescribeBillingGroup — GET /billing-groups/{billingGroupName}</summary>
public sealed class DescribeBillingGroup(Database database) : IOperation<DescribeBillingGroup.Request, DescribeBillingGroup.Response>
{
    public sealed record Request
    {
        public required string BillingGroupName { get; init; }
    }

    public sealed record Response(
        string BillingGroupName,
        string BillingGroupId,
        string BillingGroupArn,
        long Version,
        BillingGroupProperties BillingGroupProperties,
        BillingGroupMetadata BillingGroupMetadata);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        var row = await database.Read(session => BillingGroupStore.Find(session, caller.Account, request.BillingGroupName), ct);
        return row is null
            ? BillingGroupStore.NotFound(request.BillingGroupName)
            : new Response(
                row.GroupName, row.GroupId, caller.IotArn("billinggroup/" + row.GroupName), row.Version,
                new BillingGroupProperties { BillingGroupDescription = row.Description },
                new BillingGroupMetadata(DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAtMs)));
    }
}
