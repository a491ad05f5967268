using System.Text.RegularExpressions;
using Godwit.Mqtt;

namespace Godwit.Server.Tests;

/// <summary>docs/mqtt.md says of each setting what each profile has.</summary>
public sealed partial class MqttPageTests
{
    [Fact]
    public void The_table_has_every_setting_with_both_values()
    {
        var page = File.ReadAllText(Path.Combine(HouseRules.Root(), "docs", "mqtt.md"));
        var written = Row().Matches(page).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value));
        var known = MqttProfileSettings.Names.Select(name =>
            (name, MqttProfileSettings.Read(MqttProfile.Aws, name), MqttProfileSettings.Read(MqttProfile.Standard, name)));
        Assert.Equal(known, written);
    }

    [GeneratedRegex(@"^\| `([a-z0-9-]+)` \| (\w+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
