using Godwit.Server.Acm;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Signing;

/// <summary>AWS Signer: profiles, signing jobs, platforms, revocation.</summary>
public static class SigningSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton<SigningCatalog>();
        services.AddSingleton<SigningBell>();
        services.AddSingleton<SigningSteps>();
        services.AddSingleton<SigningJobs>();
        services.AddSingleton<ImageDigest>();
        services.AddSingleton(new AcmUsage(SigningProfileStore.UsersOf));
        services.AddHostedService<SigningRunner>();
        operations.Serve<PutSigningProfile>("signer");
        operations.Serve<GetSigningProfile>("signer");
        operations.Serve<ListSigningProfiles>("signer");
        operations.Serve<CancelSigningProfile>("signer");
        operations.Serve<RevokeSigningProfile>("signer");
        operations.Serve<AddProfilePermission>("signer");
        operations.Serve<ListProfilePermissions>("signer");
        operations.Serve<RemoveProfilePermission>("signer");
        operations.Serve<GetSigningPlatform>("signer");
        operations.Serve<ListSigningPlatforms>("signer");
        operations.Serve<StartSigningJob>("signer");
        operations.Serve<DescribeSigningJob>("signer");
        operations.Serve<ListSigningJobs>("signer");
        operations.Serve<SignPayload>("signer");
        operations.Serve<RevokeSignature>("signer");
        operations.Serve<GetRevocationStatus>("signer");
        operations.Serve<TagResource>("signer");
        operations.Serve<UntagResource>("signer");
        operations.Serve<ListTagsForResource>("signer");
    }
}
