using System.Text.Json;
using System.Text.Json.Serialization;

namespace Godwit.Server.OtaUpdates;

/// <summary>The request as it is kept: the members' wire names, unset ones left out.</summary>
internal static class OtaUpdateJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write(CreateOtaUpdate.Request request) => JsonSerializer.Serialize(request, Options);

    public static CreateOtaUpdate.Request Read(string json) => JsonSerializer.Deserialize<CreateOtaUpdate.Request>(json, Options)!;
}
