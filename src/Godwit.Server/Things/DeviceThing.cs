using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>A thing as the device door and policy variables see it.</summary>
public sealed record DeviceThing(string ThingName, string? ThingTypeName, IReadOnlyDictionary<string, string> Attributes)
{
    public static DeviceThing? Find(ReadSession session, string account, string thing) =>
        ThingStore.Find(session, account, thing) is { } row ? new DeviceThing(row.ThingName, row.ThingTypeName, AttributeText.Read(row.Attributes)) : null;
}
