using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server;

/// <summary>The operations that slices offer, by service and name; the HTTP door and <c>docs/compatibility.md</c>'s test read it.</summary>
public sealed class ServedOperations(IServiceCollection services)
{
    private readonly Dictionary<(string Service, string Name), ServedOperation> _all = new(ServiceAndName.IgnoreCase);

    public IReadOnlyDictionary<(string Service, string Name), ServedOperation> All => _all;

    /// <summary>Offers an operation under its class name (case aside: <c>CreateOtaUpdate</c> serves <c>CreateOTAUpdate</c>) and registers it as a singleton.</summary>
    /// <param name="service">The file name of the model that describes it: <c>iot</c>, <c>iot-jobs-data</c>, <c>iot-data</c>, <c>signer</c>.</param>
    public void Serve<TOperation>(string service) where TOperation : class
    {
        var contract = typeof(TOperation).GetInterfaces().Single(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IOperation<,>));
        var types = contract.GetGenericArguments();
        services.AddSingleton<TOperation>();
        _all.Add((service, typeof(TOperation).Name), new ServedOperation(service, typeof(TOperation), types[0], types[1]));
    }

    private sealed class ServiceAndName : IEqualityComparer<(string Service, string Name)>
    {
        public static readonly ServiceAndName IgnoreCase = new();

        public bool Equals((string Service, string Name) x, (string Service, string Name) y) =>
            x.Service == y.Service && string.Equals(x.Name, y.Name, StringComparison.OrdinalIgnoreCase);

        public int GetHashCode((string Service, string Name) key) =>
            HashCode.Combine(key.Service, StringComparer.OrdinalIgnoreCase.GetHashCode(key.Name));
    }
}

/// <summary>An operation's class and the types it takes and gives.</summary>
public sealed record ServedOperation(string Service, Type Operation, Type Request, Type Response);
