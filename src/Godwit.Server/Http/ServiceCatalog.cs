using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>The services by the names that signatures carry. Models are read when they are first needed.</summary>
public sealed class ServiceCatalog
{
    private static readonly JsonService Iot = new("iot", "iot", "iot-later", "iot-transfers");
    private static readonly JsonService IotData = new("iot-data", "iot-data");
    private static readonly JsonService IotJobsData = new("iot-jobs-data", "iot-jobs-data");
    private static readonly JsonService Signer = new("signer", "signer", "signer-permissions");

    private static readonly Dictionary<string, JsonService> ByScope = new(StringComparer.Ordinal)
    {
        ["iot"] = Iot,
        // AWS CLI 2.9 and botocore 1.29 sign iot so; it can never be removed.
        ["execute-api"] = Iot,
        ["iotdata"] = IotData,
        ["iotdevicegateway"] = IotData,
        ["iot-jobs-data"] = IotJobsData,
        ["signer"] = Signer,
    };

    /// <summary>ACM, whose operations are named by a header: see <see cref="JsonTargetDoor"/>.</summary>
    public static JsonService Acm { get; } = new("acm", "acm");

    /// <summary>All services with a model, for the check of <c>docs/compatibility.md</c>.</summary>
    public static IReadOnlyList<JsonService> All => [.. RestJson, Acm];

    /// <summary>Those whose operations have methods and paths of their own.</summary>
    public static IReadOnlyList<JsonService> RestJson => [Iot, IotData, IotJobsData, Signer];

    /// <summary>The two data planes that a device reaches with its certificate.</summary>
    public static IReadOnlyList<JsonService> DevicePlanes => [IotJobsData, IotData];

    /// <summary>Null for a name that is not of a restJson1 service.</summary>
    public static JsonService? Find(string scopeService) => ByScope.GetValueOrDefault(scopeService);
}

/// <summary>A service that speaks JSON: its name here and the models that describe it, of which later ones are read only if the first has no answer.</summary>
public sealed class JsonService(string name, params string[] files)
{
    private readonly Lazy<ServiceModel>[] _models = [.. files.Select(file => new Lazy<ServiceModel>(() => ServiceModel.Load(file)))];
    private readonly Lock _making = new();
    private readonly OperationTable?[] _tables = new OperationTable?[files.Length];

    public string Name => name;

    public IEnumerable<OperationModel> Operations => _models.SelectMany(model => model.Value.Operations);

    public (OperationModel Operation, IReadOnlyDictionary<string, string> Labels)? Match(string method, string rawPath)
    {
        for (var i = 0; i < _tables.Length; i++)
        {
            if (Table(i).Match(method, rawPath) is { } match)
                return match;
        }

        return null;
    }

    /// <summary>Reads the first model ahead of its first request.</summary>
    public void WarmUp() => Table(0);

    private OperationTable Table(int index)
    {
        if (Volatile.Read(ref _tables[index]) is { } made)
            return made;
        lock (_making)
            return _tables[index] ??= new OperationTable(_models[index].Value.Operations);
    }
}
