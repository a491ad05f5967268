using System.Text.Json;

namespace Godwit.Core.Planning;

/// <summary>
/// Reads a <see cref="FleetModel"/>: <c>{"online": 0.9, "downloadSeconds": {"normal": {"mean": 60, "sd": 10}}, "byAttribute": {"hw": {"rev3": {"share": 0.2, "failureRate": 0.1}}}}</c>.
/// What is left out is as in <see cref="DeviceProfile.Default"/>; what is not known is refused, since a mistyped rate would be a wrong forecast.
/// </summary>
public static class FleetModelReader
{
    private const int ValuesMax = 10_000;
    private const int ClassesMax = 256;
    private const double SecondsMax = 10_000_000;
    private const string Known = "online, downloadSeconds, failureRate, rejectRate, revertRate, stallRate, offlineMinutes, joinsPerMinute, joinsForMinutes and byAttribute";
    private const string KnownOfClass = "online, downloadSeconds, failureRate, rejectRate, revertRate, stallRate, offlineMinutes and share";

    public static Result<FleetModel> Read(JsonElement json)
    {
        try
        {
            var profile = Profile(DeviceProfile.Default, json, "model", byAttribute: true);
            var classes = new List<DeviceClass> { new("", 1, profile) };
            if (json.TryGetProperty("byAttribute", out var attributes))
                foreach (var attribute in Members(attributes, "model.byAttribute"))
                    classes = Split(classes, attribute);
            foreach (var one in classes)
                CheckSum(one);
            return new FleetModel(classes) { Joins = Joins(json) };
        }
        catch (ModelException wrong)
        {
            return Errors.InvalidRequest(wrong.Message);
        }
    }

    /// <summary>Each class so far becomes one for each value of the attribute and one for the rest: attributes are independent of each other.</summary>
    private static List<DeviceClass> Split(List<DeviceClass> classes, JsonProperty attribute)
    {
        var path = $"model.byAttribute.{attribute.Name}";
        var values = Members(attribute.Value, path).ToList();
        var shares = values.ConvertAll(value => ShareOf(value.Value, $"{path}.{value.Name}"));
        var rest = Math.Round(1 - shares.Sum(), 9);
        if (rest < 0)
            throw new ModelException($"The shares in {path} add up to {shares.Sum()}, more than 1. Lower them.");
        var split = new List<DeviceClass>();
        foreach (var one in classes)
        {
            for (var i = 0; i < values.Count; i++)
                split.Add(new DeviceClass(
                    Join(one.Name, $"{attribute.Name}={values[i].Name}"), one.Share * shares[i],
                    Profile(one.Profile, values[i].Value, $"{path}.{values[i].Name}", byAttribute: false)));
            if (rest > 0)
                split.Add(one with { Share = one.Share * rest });
        }
        return split.Count <= ClassesMax ? split : throw new ModelException($"The attributes in model.byAttribute make more than {ClassesMax} kinds of devices. Leave some out.");
    }

    private static DeviceProfile Profile(DeviceProfile profile, JsonElement json, string path, bool byAttribute)
    {
        foreach (var member in Members(json, path))
            profile = member.Name switch
            {
                "online" => profile with { Online = Share(member.Value, $"{path}.online") },
                "downloadSeconds" => profile with { DownloadSeconds = Time(member.Value, $"{path}.downloadSeconds") },
                "failureRate" => profile with { FailureRate = Share(member.Value, $"{path}.failureRate") },
                "rejectRate" => profile with { RejectRate = Share(member.Value, $"{path}.rejectRate") },
                "revertRate" => profile with { RevertRate = Share(member.Value, $"{path}.revertRate") },
                "stallRate" => profile with { StallRate = Share(member.Value, $"{path}.stallRate") },
                "offlineMinutes" => profile with { OfflineMinutes = member.Value.ValueKind == JsonValueKind.Null ? null : Time(member.Value, $"{path}.offlineMinutes") },
                "byAttribute" or "joinsPerMinute" or "joinsForMinutes" when byAttribute => profile,
                "share" when !byAttribute => profile,
                _ => throw new ModelException($"{path} has no member '{member.Name}'. Its members are {(byAttribute ? Known : KnownOfClass)}."),
            };
        return profile;
    }

    private static JoinModel? Joins(JsonElement json)
    {
        var minutes = json.TryGetProperty("joinsForMinutes", out var given)
            ? (int)Number(given, "model.joinsForMinutes", RolloutForecast.HorizonSeconds / 60)
            : JoinModel.DefaultMinutes;
        if (!json.TryGetProperty("joinsPerMinute", out var each))
            return json.TryGetProperty("joinsForMinutes", out _)
                ? throw new ModelException("model.joinsForMinutes says for how long things join, and not how many. Give joinsPerMinute too, or leave it out.")
                : null;
        var perMinute = Read(each, "model.joinsPerMinute", JoinModel.Max);
        return perMinute.Mean * minutes <= JoinModel.Max
            ? new JoinModel(perMinute, minutes)
            : throw new ModelException($"model.joinsPerMinute makes about {perMinute.Mean * minutes:F0} things in {minutes} minutes; a plan takes {JoinModel.Max}. Lower it, or give a smaller joinsForMinutes.");
    }

    private static void CheckSum(DeviceClass one)
    {
        var profile = one.Profile;
        var sum = Math.Round(profile.FailureRate.Mean + profile.RejectRate.Mean + profile.RevertRate.Mean + profile.StallRate.Mean, 9);
        if (sum > 1)
            throw new ModelException(
                $"failureRate, rejectRate, revertRate and stallRate{(one.Name.Length > 0 ? $" of {one.Name}" : "")} add up to {sum}, more than 1: each device ends in one way. Lower them.");
    }

    private static double ShareOf(JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("share", out var share)
            ? Number(share, $"{path}.share", 1)
            : throw new ModelException($"{path} needs a 'share': the part of the fleet that has this value, from 0 to 1.");

    private static Distribution Share(JsonElement json, string path) => Read(json, path, 1);

    private static Distribution Time(JsonElement json, string path) => Read(json, path, SecondsMax);

    private static Distribution Read(JsonElement json, string path, double max)
    {
        if (json.ValueKind == JsonValueKind.Number)
            return Distribution.Of(Number(json, path, max));
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Take(2).ToList() is not [var kind])
            throw NoDistribution(path);
        var inner = $"{path}.{kind.Name}";
        return kind.Name switch
        {
            "uniform" when Numbers(kind.Value, inner, max) is [var a, var b] => a <= b
                ? new Distribution(DistributionKind.Uniform, a, b)
                : throw new ModelException($"{inner} is [{a}, {b}]: the first must not be greater than the second."),
            "normal" => new Distribution(DistributionKind.Normal, Member(kind.Value, "mean", inner, max), Member(kind.Value, "sd", inner, max)),
            "exponential" => new Distribution(DistributionKind.Exponential, Member(kind.Value, "mean", inner, max)),
            "empirical" when Numbers(kind.Value, inner, max) is { Count: > 0 and <= ValuesMax } values => new Distribution(DistributionKind.Empirical, 0, 0, values),
            _ => throw NoDistribution(path),
        };
    }

    private static ModelException NoDistribution(string path) => new(
        path + """ must be a number, {"uniform": [from, to]}, {"normal": {"mean": m, "sd": s}}, {"exponential": {"mean": m}} or {"empirical": [values]}, """
        + $"with 1 to {ValuesMax} values.");

    private static List<double> Numbers(JsonElement json, string path, double max) =>
        json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Take(ValuesMax + 1).Select(value => Number(value, path, max))] : [];

    private static double Member(JsonElement json, string name, string path, double max) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? Number(value, $"{path}.{name}", max) : throw new ModelException($"{path} needs '{name}'.");

    private static double Number(JsonElement json, string path, double max) =>
        json.ValueKind == JsonValueKind.Number && json.GetDouble() is var value && value >= 0 && value <= max
            ? value
            : throw new ModelException($"{path} must be a number from 0 to {max}, and is {Shortened(json)}.");

    private static string Shortened(JsonElement json) => json.GetRawText() is { Length: > 40 } text ? text[..40] + "…" : json.GetRawText();

    private static IEnumerable<JsonProperty> Members(JsonElement json, string path) =>
        json.ValueKind == JsonValueKind.Object ? json.EnumerateObject() : throw new ModelException($"{path} must be an object, and is {Shortened(json)}.");

    private static string Join(string name, string next) => name.Length == 0 ? next : $"{name}, {next}";

    /// <summary>Ends the reading at the first thing that is wrong; never leaves this class.</summary>
    private sealed class ModelException(string message) : Exception(message);
}
