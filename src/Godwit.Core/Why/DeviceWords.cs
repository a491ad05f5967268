using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Core.Why;

/// <summary>A device's last report in words that people understand.</summary>
/// <param name="Agent">Whose language it is, for example <c>FreeRTOS OTA</c>.</param>
/// <param name="Said">The words themselves.</param>
/// <param name="Code">The error's name in the agent's source, where there is one.</param>
/// <param name="Remedy">What can be done, where the code tells.</param>
public sealed partial record DeviceWords(string Agent, string Said, string Meaning, string? Code = null, string? Remedy = null)
{
    private const string FreeRtos = "FreeRTOS OTA", OldFreeRtos = "Amazon FreeRTOS OTA (before 2021)", Nordic = "nRF Connect aws_fota", Esp = "ESP-IDF", Rust = "rustot", Other = "own words";

    /// <summary>Decodes <c>statusDetails</c>; null where the device said nothing.</summary>
    public static DeviceWords? Decode(IReadOnlyDictionary<string, string>? details)
    {
        if (details is null || details.Count == 0)
            return null;
        if (details.TryGetValue("reason", out var reason))
            return OfReason(reason, details);
        if (details.TryGetValue("self_test", out var selfTest))
            return new DeviceWords(FreeRtos, $"self_test {selfTest}", SelfTest(selfTest, details.GetValueOrDefault("updatedBy")));
        if (details.TryGetValue("receive", out var receive))
            return new DeviceWords(FreeRtos, $"receive {receive}", Received(receive));
        if (details.TryGetValue("nextState", out var next))
            return OfNordic(next, details);
        if (details.TryGetValue("error_code", out var code))
            return new DeviceWords(Rust, $"error_code {code}", $"the agent ended with its error {code}");
        return new DeviceWords(Other, string.Join(", ", details.Select(pair => $"{pair.Key} {pair.Value}")), "the device reports in words of its own");
    }

    /// <summary>Decodes a <c>reason</c> that stands alone.</summary>
    internal static DeviceWords OfReason(string reason) => OfReason(reason, ImmutableDictionary<string, string>.Empty);

    private static DeviceWords OfReason(string reason, IReadOnlyDictionary<string, string> details)
    {
        if (Accepted().Match(reason) is { Success: true } accepted)
            return new DeviceWords(FreeRtos, reason, $"version {accepted.Groups[1].Value} passed its self-test and is accepted{UpdatedBy(details)}");
        if (StateAndCode().Match(reason) is { Success: true } state)
            return Hex(state.Groups[2].Value) is > 0 and var code
                ? OfCodes(reason, state.Groups[1].Value + ": ", code, sub: null)
                : Of(FreeRtos, reason, "", DeviceCodes.ByTheApplication[state.Groups[1].Value]);
        if (Pair().Match(reason) is { Success: true } pair)
            return OfCodes(reason, "", Hex(pair.Groups[1].Value), Hex(pair.Groups[2].Value));
        if (EspName().Match(reason) is { Success: true } esp && DeviceCodes.Esp.Values.FirstOrDefault(known => known.Name == esp.Value) is { } named)
            return Of(Esp, reason, "", named);
        if (Single().Match(reason) is { Success: true } single)
            return OfCodes(reason, "", Hex(single.Groups[1].Value), sub: null);
        return details.TryGetValue("error_code", out var error)
            ? new DeviceWords(Rust, $"{reason} (error_code {error})", $"the agent ended with its error {error}: {reason}")
            : new DeviceWords(Other, reason, "the device says so in words of its own");
    }

    private static DeviceWords OfCodes(string said, string state, uint main, uint? sub)
    {
        if (DeviceCodes.Platform.TryGetValue(main, out var platform))
            return Of(FreeRtos, said, state, platform, sub);
        if (DeviceCodes.Agent.TryGetValue(main, out var agent))
            return Of(FreeRtos, said, state, agent, sub);
        // Releases before 2021 have the main code in the highest byte and the platform's below it.
        if (main >> 24 != 0 && DeviceCodes.OldAgent.TryGetValue(main >> 24, out var old))
            return Of(OldFreeRtos, said, state, old, (main & 0xFFFFFF) is > 0 and var low ? low : sub);
        return DeviceCodes.Esp.TryGetValue(main, out var esp)
            ? Of(Esp, said, state, esp, sub)
            : new DeviceWords(Other, said, $"{state}a code that no agent known here uses");
    }

    private static DeviceWords Of(string agent, string said, string state, DeviceCode code, uint? sub = null)
    {
        if (sub is not > 0)
            return new DeviceWords(agent, said, state + code.Meaning, code.Name, code.Remedy);
        // On Espressif's chips the platform's own code is an esp_err_t.
        return DeviceCodes.Esp.TryGetValue(sub.Value, out var esp)
            ? new DeviceWords(agent, said, $"{state}{code.Meaning}; the chip says {esp.Name}: {esp.Meaning}", code.Name, esp.Remedy ?? code.Remedy)
            : new DeviceWords(agent, said, Text($"{state}{code.Meaning}; the platform's own code is 0x{sub:x}"), code.Name, code.Remedy);
    }

    private static DeviceWords OfNordic(string next, IReadOnlyDictionary<string, string> details)
    {
        var said = $"nextState {next}" + (details.TryGetValue("progress", out var progress) ? $", progress {progress}" : "");
        if (details.TryGetValue("cause", out var text) && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cause) && DeviceCodes.Nordic.TryGetValue(cause, out var code))
            return Of(Nordic, $"{said}, cause {cause}", "", code);
        var share = progress is null ? "" : $", {progress} % are there";
        return next switch
        {
            "download_firmware" => new DeviceWords(Nordic, said, $"the device is downloading{share}"),
            "apply_update" => new DeviceWords(Nordic, said, "the download is complete; the device restarts into the new image"),
            "none" => new DeviceWords(Nordic, said, "nothing more is to be done"),
            _ => new DeviceWords(Nordic, said, "a state that no release known here uses"),
        };
    }

    private static string SelfTest(string state, string? updatedBy) => state switch
    {
        "ready" => $"the image is downloaded and verified; the device restarts into it{From(updatedBy)}",
        "active" => $"the new image runs and tests itself{From(updatedBy)}",
        "accepted" => "the new image passed its self-test",
        "rejected" => "the new image did not pass its self-test; the device goes back to the old one",
        "aborted" => "the self-test was aborted; the device goes back to the old image",
        _ => "a state of the self-test that no release known here uses",
    };

    private static string Received(string receive)
    {
        var parts = receive.Split('/');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var got)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var all) && all > 0
            ? Text($"the device has {got} of {all} blocks ({100 * got / all} %)")
            : "the device is downloading";
    }

    private static string From(string? updatedBy) => Version(updatedBy) is { } version ? $" (installed by version {version})" : "";

    private static string UpdatedBy(IReadOnlyDictionary<string, string> details) =>
        details.TryGetValue("updatedBy", out var by) && Accepted().Match("accepted " + by) is { Success: true } old ? $"; version {old.Groups[1].Value} ran before" : "";

    /// <summary>Agents write their version as <c>0x00090002</c>: major, minor, and the build in the lower half.</summary>
    private static string? Version(string? updatedBy) =>
        updatedBy is not null && updatedBy.StartsWith("0x", StringComparison.Ordinal) && uint.TryParse(updatedBy.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var version)
            ? Text($"{version >> 24}.{(version >> 16) & 0xFF}.{version & 0xFFFF}")
            : null;

    private static uint Hex(string digits) => uint.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^accepted\s+v?([0-9][0-9A-Za-z.\-]*)\s*$")]
    private static partial Regex Accepted();

    [GeneratedRegex(@"^(rejected|aborted):?\s+0x([0-9a-fA-F]{1,8})$")]
    private static partial Regex StateAndCode();

    [GeneratedRegex(@"^0x([0-9a-fA-F]{1,8}):\s*0x([0-9a-fA-F]{1,8})$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^0x([0-9a-fA-F]{1,8})$")]
    private static partial Regex Single();

    [GeneratedRegex(@"\bESP_ERR_[A-Z0-9_]+\b")]
    private static partial Regex EspName();
}
