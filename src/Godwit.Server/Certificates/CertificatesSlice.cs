using Godwit.Server.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Certificates;

/// <summary>Device certificates and the things they stand for.</summary>
public static class CertificatesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<DeviceRegistry>();
        services.AddSingleton<ListExpiringCertificates>();
        services.AddSingleton(provider => provider.GetRequiredService<DeviceRegistry>().RegistryHook);
        services.AddSingleton(provider => provider.GetRequiredService<DeviceRegistry>().PolicyHook);
        services.AddSingleton(new ResourceKind("cert", Taggable: false, CertificateStore.Exists));
        services.AddSingleton(new ResourceKind("cacert", Taggable: true, CaCertificateStore.Exists));
        services.AddSingleton<JustInTimeRegistration>();
        services.AddSingleton<RegistrationReferences>();
        services.AddSingleton<ClaimedCertificates>();
        services.AddSingleton(provider => CertificateAuthority.LoadOrCreate(
            Path.Combine(provider.GetRequiredService<ServerOptions>().DataDirectory, "tls"),
            provider.GetRequiredService<IRandomSource>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ServerOptions>().TlsKey));

        operations.Serve<CreateKeysAndCertificate>("iot");
        operations.Serve<CreateCertificateFromCsr>("iot");
        operations.Serve<RegisterCertificate>("iot");
        operations.Serve<RegisterCertificateWithoutCa>("iot");
        operations.Serve<UpdateCertificate>("iot");
        operations.Serve<DescribeCertificate>("iot");
        operations.Serve<ListCertificates>("iot");
        operations.Serve<DeleteCertificate>("iot");

        operations.Serve<TransferCertificate>("iot");
        operations.Serve<AcceptCertificateTransfer>("iot");
        operations.Serve<RejectCertificateTransfer>("iot");
        operations.Serve<CancelCertificateTransfer>("iot");
        operations.Serve<ListOutgoingCertificates>("iot");

        operations.Serve<GetRegistrationCode>("iot");
        operations.Serve<DeleteRegistrationCode>("iot");
        operations.Serve<RegisterCaCertificate>("iot");
        operations.Serve<DescribeCaCertificate>("iot");
        operations.Serve<ListCaCertificates>("iot");
        operations.Serve<UpdateCaCertificate>("iot");
        operations.Serve<DeleteCaCertificate>("iot");
        operations.Serve<ListCertificatesByCa>("iot");

        operations.Serve<AttachThingPrincipal>("iot");
        operations.Serve<DetachThingPrincipal>("iot");
        operations.Serve<ListThingPrincipals>("iot");
        operations.Serve<ListThingPrincipalsV2>("iot");
        operations.Serve<ListPrincipalThings>("iot");
        operations.Serve<ListPrincipalThingsV2>("iot");

        operations.Serve<GetEffectivePolicies>("iot");
        operations.Serve<TestAuthorization>("iot");
    }
}
