using Godwit.Server.Access;
using Godwit.Server.Acm;
using Godwit.Server.BillingGroups;
using Godwit.Server.Certificates;
using Godwit.Server.EndpointDescription;
using Godwit.Server.Events;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Iam;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.Metrics;
using Godwit.Server.Objects;
using Godwit.Server.OtaUpdates;
using Godwit.Server.Placement;
using Godwit.Server.Packages;
using Godwit.Server.Planning;
using Godwit.Server.Policies;
using Godwit.Server.Provisioning;
using Godwit.Server.RoleAliases;
using Godwit.Server.Signing;
using Godwit.Server.Streams;
using Godwit.Server.Tags;
using Godwit.Server.Things;
using Godwit.Server.Webhooks;
using Godwit.Server.Why;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server;

/// <summary>Every slice of the service, in the order in which they may know of each other.</summary>
public static class Slices
{
    public static ServedOperations Add(IServiceCollection services)
    {
        var operations = new ServedOperations(services);
        services.AddSingleton(operations);
        services.AddSingleton<MetricsRegistry>();
        services.AddSingleton(provider => new DeviceTrail(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MessageTails>();
        TagsSlice.Add(services, operations);
        EndpointDescriptionSlice.Add(services, operations);
        AccessSlice.Add(services);
        IamSlice.Add(services);
        AcmSlice.Add(services, operations);
        ObjectsSlice.Add(services, operations);
        SigningSlice.Add(services, operations);
        ThingsSlice.Add(services, operations);
        PoliciesSlice.Add(services, operations);
        CertificatesSlice.Add(services, operations);
        StreamsSlice.Add(services, operations);
        JournalSlice.Add(services);
        EventsSlice.Add(services, operations);
        JobsSlice.Add(services, operations);
        OtaUpdatesSlice.Add(services, operations);
        FleetIndexingSlice.Add(services, operations);
        BillingGroupsSlice.Add(services, operations);
        RoleAliasesSlice.Add(services, operations);
        ProvisioningSlice.Add(services, operations);
        PackagesSlice.Add(services, operations);
        PlanningSlice.Add(services);
        WhySlice.Add(services);
        WebhooksSlice.Add(services);
        return operations;
    }
}
