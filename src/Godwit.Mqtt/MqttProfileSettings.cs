using System.Globalization;
using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>The members of <see cref="MqttProfile"/> by the names under which they are set one by one.</summary>
public static class MqttProfileSettings
{
    private static readonly Setting[] Known =
    [
        Number("maximum-qos", 0, 2, profile => (int)profile.MaximumQos, (profile, value) => profile with { MaximumQos = (QoS)value }),
        Switch("subscription-identifiers", profile => profile.SubscriptionIdentifiers, (profile, on) => profile with { SubscriptionIdentifiers = on }),
        Switch("parent-matches-wildcard", profile => profile.ParentMatchesMultiLevelWildcard, (profile, on) => profile with { ParentMatchesMultiLevelWildcard = on }),
        Switch("retained-for-wildcards", profile => profile.RetainedForWildcardFilters, (profile, on) => profile with { RetainedForWildcardFilters = on }),
        Switch("silent-refusal", profile => profile.SilentRefusalV311, (profile, on) => profile with { SilentRefusalV311 = on }),
        Switch("dollar-client-ids", profile => profile.ClientIdMayStartWithDollar, (profile, on) => profile with { ClientIdMayStartWithDollar = on }),
        Switch("other-dollar-filters", profile => profile.OtherDollarFilters, (profile, on) => profile with { OtherDollarFilters = on }),
        Switch("closes-at-bad-filter", profile => profile.ClosesAtBadFilter, (profile, on) => profile with { ClosesAtBadFilter = on }),
        Switch("sessions-by-level", profile => profile.SessionsByLevel, (profile, on) => profile with { SessionsByLevel = on }),
        Number("message-expiry-seconds", 0, int.MaxValue, profile => (int)profile.MessageExpirySecondsMax, (profile, value) => profile with { MessageExpirySecondsMax = (uint)value }),
        Number("client-id-bytes", 23, ushort.MaxValue, profile => profile.ClientIdBytesMax, (profile, value) => profile with { ClientIdBytesMax = value }),
        Number("topic-bytes", 1, ushort.MaxValue, profile => profile.TopicBytesMax, (profile, value) => profile with { TopicBytesMax = value }),
        Number("slashes", 0, ushort.MaxValue, profile => profile.SlashesMax, (profile, value) => profile with { SlashesMax = value }),
        Number("filters-per-subscribe", 1, 65_536, profile => profile.FiltersPerSubscribeMax, (profile, value) => profile with { FiltersPerSubscribeMax = value }),
        Number("subscriptions", 1, 1_000_000, profile => profile.SubscriptionsPerConnectionMax, (profile, value) => profile with { SubscriptionsPerConnectionMax = value }),
        Number("payload-bytes", 1, 256 << 20, profile => profile.PayloadBytesMax, (profile, value) => profile with { PayloadBytesMax = value }),
        Number("packet-bytes", 128, 256 << 20, profile => profile.PacketBytesMax, (profile, value) => profile with { PacketBytesMax = value }),
        Number("connect-bytes", 128, 1 << 20, profile => profile.ConnectBytesMax, (profile, value) => profile with { ConnectBytesMax = value }),
        Number("user-properties", 0, 65_536, profile => profile.UserPropertiesMax, (profile, value) => profile with { UserPropertiesMax = value }),
        Number("keep-alive-seconds-min", 0, ushort.MaxValue, profile => profile.KeepAliveSecondsMin, (profile, value) => profile with { KeepAliveSecondsMin = value }),
        Number("keep-alive-seconds-max", 0, ushort.MaxValue, profile => profile.KeepAliveSecondsMax, (profile, value) => profile with { KeepAliveSecondsMax = value }),
        Number("receive-maximum", 1, 10_000, profile => profile.ReceiveMaximum, (profile, value) => profile with { ReceiveMaximum = (ushort)value }),
        Number("topic-aliases", 0, 1000, profile => profile.TopicAliasMaximum, (profile, value) => profile with { TopicAliasMaximum = (ushort)value }),
        Number("session-seconds-v311", 0, int.MaxValue, profile => (int)profile.SessionLifetimeV311.TotalSeconds, (profile, value) => profile with { SessionLifetimeV311 = TimeSpan.FromSeconds(value) }),
        Number("session-seconds-max", 0, int.MaxValue, profile => (int)profile.SessionExpiryMax.TotalSeconds, (profile, value) => profile with { SessionExpiryMax = TimeSpan.FromSeconds(value) }),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(setting => setting.Name)];

    /// <summary>The value as it would be given.</summary>
    public static string Read(MqttProfile profile, string name) => Known.Single(setting => setting.Name == name).Read(profile);

    /// <summary>The profile with one member changed, or null and the mistake.</summary>
    /// <param name="text"><c>name=value</c></param>
    public static MqttProfile? Apply(MqttProfile profile, string text, out string? mistake)
    {
        var parts = text.Split('=', 2);
        var setting = Known.FirstOrDefault(known => known.Name == parts[0]);
        mistake = setting is null || parts.Length < 2
            ? $"'{text}' is not of the form NAME=VALUE with one of the names {string.Join(", ", Names)}"
            : null;
        if (mistake is not null)
            return null;

        var changed = setting!.Apply(profile, parts[1]);
        mistake = changed is null ? $"'{parts[1]}' is no value of {setting.Name}, which takes {setting.Takes}" : null;
        return changed;
    }

    private static Setting Switch(string name, Func<MqttProfile, bool> read, Func<MqttProfile, bool, MqttProfile> apply) => new(
        name, "true or false", profile => read(profile) ? "true" : "false",
        (profile, text) => bool.TryParse(text, out var on) ? apply(profile, on) : null);

    private static Setting Number(string name, int min, int max, Func<MqttProfile, int> read, Func<MqttProfile, int, MqttProfile> apply) => new(
        name, $"a number from {min} to {max}", profile => read(profile).ToString(CultureInfo.InvariantCulture),
        (profile, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max ? apply(profile, value) : null);

    private sealed record Setting(string Name, string Takes, Func<MqttProfile, string> Read, Func<MqttProfile, string, MqttProfile?> Apply);
}
