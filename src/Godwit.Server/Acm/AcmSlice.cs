using Godwit.Server.Acm.Tokens;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Acm;

/// <summary>The part of AWS Certificate Manager that code signing needs: certificates with keys, imported or made here.</summary>
public static class AcmSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(s => new TokenKeys(s.GetRequiredService<ServerOptions>().Pkcs11));
        services.AddSingleton<AcmKeys>();
        operations.Serve<ImportCertificate>("acm");
        operations.Serve<DescribeCertificate>("acm");
        operations.Serve<ListCertificates>("acm");
        operations.Serve<GetCertificate>("acm");
        operations.Serve<DeleteCertificate>("acm");
        operations.Serve<AddTagsToCertificate>("acm");
        operations.Serve<RemoveTagsFromCertificate>("acm");
        operations.Serve<ListTagsForCertificate>("acm");
    }
}
