using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Packages;

/// <summary>Software packages: names and versions that jobs say they bring.</summary>
public static class PackagesSlice
{
    public static void Add(IServiceCollection services, ServedOperations operations)
    {
        services.AddSingleton(new ResourceKind("package", Taggable: true, PackageStore.Exists));

        operations.Serve<CreatePackage>("iot");
        operations.Serve<GetPackage>("iot");
        operations.Serve<UpdatePackage>("iot");
        operations.Serve<DeletePackage>("iot");
        operations.Serve<ListPackages>("iot");
        operations.Serve<CreatePackageVersion>("iot");
        operations.Serve<GetPackageVersion>("iot");
        operations.Serve<UpdatePackageVersion>("iot");
        operations.Serve<DeletePackageVersion>("iot");
        operations.Serve<ListPackageVersions>("iot");
        operations.Serve<GetPackageConfiguration>("iot");
        operations.Serve<UpdatePackageConfiguration>("iot");
    }
}
