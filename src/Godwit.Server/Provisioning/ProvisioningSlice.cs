using Godwit.Server.Provisioning.Device;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Provisioning;

/// <summary>Templates by which things, certificates and policies are made together.</summary>
public static class ProvisioningSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(new ResourceKind("provisioningtemplate", Taggable: true, ProvisioningTemplateStore.Exists));
        services.AddSingleton<Provisioner>();
        services.AddSingleton<JustInTimeProvisioning>();
        services.AddSingleton<ITopicService, CertificateTopics>();
        services.AddSingleton<ITopicService, ProvisionTopics>();
        services.AddHostedService<ClaimSweeper>();

        operations.Serve<CreateProvisioningTemplate>("iot");
        operations.Serve<DescribeProvisioningTemplate>("iot");
        operations.Serve<UpdateProvisioningTemplate>("iot");
        operations.Serve<DeleteProvisioningTemplate>("iot");
        operations.Serve<ListProvisioningTemplates>("iot");
        operations.Serve<CreateProvisioningTemplateVersion>("iot");
        operations.Serve<DescribeProvisioningTemplateVersion>("iot");
        operations.Serve<DeleteProvisioningTemplateVersion>("iot");
        operations.Serve<ListProvisioningTemplateVersions>("iot");
        operations.Serve<RegisterThing>("iot");
    }
}
