using System.Text;
using System.Text.Json;
using Godwit.Settings;

namespace Godwit.Cli.Tests;

/// <summary>Holds <c>docs/settings.md</c>, <c>appsettings.json</c> and the reader of settings against the list of settings.</summary>
public sealed class SettingsPageTests
{
    private static readonly string Page = Path.Combine(Root(), "docs", "settings.md");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_is_what_the_code_says_of_every_setting()
    {
        var page = await File.ReadAllTextAsync(Page, Ct);
        const string begin = "<!-- made from the code -->\n", end = "<!-- end -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        var made = page[..from] + Table() + page[to..];
        if (made != page && Environment.GetEnvironmentVariable("GODWIT_WRITE_PAGES") is { Length: > 0 })
            await File.WriteAllTextAsync(Page, made, Ct);
        else
            Assert.True(made == page, "docs/settings.md is not what the code says. Run this test with GODWIT_WRITE_PAGES=1, and commit the page.");
    }

    [Fact]
    public async Task The_defaults_that_are_told_are_those_of_the_file()
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), Ct));
        var defaults = file.RootElement.GetProperty(SettingsReader.Section).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        Assert.Equal(AllSettings.All.Select(setting => setting.Key).Order(StringComparer.Ordinal), defaults.Keys.Order(StringComparer.Ordinal));
        foreach (var setting in AllSettings.All)
            if (defaults[setting.Key] is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Array) } value)
                Assert.Equal(value.ToString(), setting.Default, ignoreCase: true);
            else
                Assert.Equal(setting.Repeats ? JsonValueKind.Array : JsonValueKind.Null, defaults[setting.Key].ValueKind);
    }

    /// <summary>A value that nothing could make sense of is told by the name of its setting: so the reader looks at each. Left out are those that take anything, or lean on another.</summary>
    [Fact]
    public void Every_setting_that_can_be_wrong_is_read()
    {
        string[] anything = ["Data", "KeyFile", "WebhookTargets", "Pkcs11Token", "Pkcs11PinFile", "Pkcs11Pin", "Pkcs11Account", "OidcClientId", "OidcRoles", "OidcClientSecretFile", "OidcName", "OidcUserClaim", "OidcRoleClaim", "OidcScopes"];
        foreach (var setting in AllSettings.All.Where(setting => !anything.Contains(setting.Key)))
        {
            var reader = new SettingsReader(SettingsSources.Gather(new Dictionary<string, string?> { [setting.Repeats ? setting.Key + ":0" : setting.Key] = "://?" }));
            reader.Read();
            Assert.Contains(reader.Mistakes, mistake => mistake.StartsWith($"Godwit:{setting.Key} ({setting.Environment}, {setting.Flag ?? "no flag"}): ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_secret_in_an_address_is_not_shown()
    {
        var shown = await Shell.Run("config", "show", "--data", "/nonexistent", "--s3", "https://ID:hush/hush@store.example/bucket", "--otlp-endpoint", "http://me:hush@collector:4318");
        Assert.Contains("https://ID:****@store.example/bucket", shown.Out, StringComparison.Ordinal);
        Assert.Contains("http://me:****@collector:4318", shown.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", shown.Out + shown.Error, StringComparison.Ordinal);
    }

    private static string Table()
    {
        var table = new StringBuilder("| setting | flag | environment | value | default | meaning |\n|---|---|---|---|---|---|\n");
        foreach (var setting in AllSettings.All)
            table.Append($"| `{setting.Key}` | {(setting.Flag is { } flag ? $"`{flag}`" : "")} | `{setting.Environment}` | {Cell(setting.Value)}{(setting.Repeats ? ", …" : "")} | {Cell(setting.Default)} | {Cell(setting.Meaning)} |\n");
        return table.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Godwit.slnx")))
            at = Path.GetDirectoryName(at)!;
        return at;
    }
}
