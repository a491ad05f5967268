using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.BillingGroups;

/// <summary>Billing groups: kept, shown and searched, though nothing is billed.</summary>
public static class BillingGroupsSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(new ResourceKind("billinggroup", Taggable: true, BillingGroupStore.Exists));

        operations.Serve<CreateBillingGroup>("iot");
        operations.Serve<DescribeBillingGroup>("iot");
        operations.Serve<UpdateBillingGroup>("iot");
        operations.Serve<DeleteBillingGroup>("iot");
        operations.Serve<ListBillingGroups>("iot");
        operations.Serve<AddThingToBillingGroup>("iot");
        operations.Serve<RemoveThingFromBillingGroup>("iot");
        operations.Serve<ListThingsInBillingGroup>("iot");
    }
}
