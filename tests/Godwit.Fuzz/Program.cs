using System.Diagnostics;
using System.Globalization;
using Godwit.Fuzz;

// usage: Godwit.Fuzz [--cases N] [--from S] [--only NAME] [--threads N]
FuzzTarget[] All() =>
[
    new MqttTarget(5), new MqttTarget(4), new TopicTarget(), new TreeTarget(), new CborTarget(), new StreamJsonTarget(), new JobsJsonTarget(), new PolicyTarget(), new PolicyTextTarget(),
];

var (cases, from, only, threads) = (4_000_000L, 1L, (string?)null, Math.Min(2, Environment.ProcessorCount));
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--cases" when long.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0: cases = n; break;
        case "--from" when long.TryParse(value, CultureInfo.InvariantCulture, out var n): from = n; break;
        case "--only" when Array.Exists(All(), target => target.Name == value): only = value; break;
        case "--threads" when int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0: threads = n; break;
        default:
            Console.Error.WriteLine($"fuzz: {args[i]} {value} is not understood.");
            Console.Error.WriteLine($"usage: ./test fuzz [--cases N] [--from CASE] [--only NAME] [--threads N]; decoders: {string.Join(", ", All().Select(target => target.Name))}");
            return 64;
    }
}

var watch = Stopwatch.StartNew();
var failures = new FuzzRuns(All, cases, from, only, threads).Run();
Console.WriteLine(FormattableString.Invariant($"{cases} cases from {from}: {failures} failed, {watch.Elapsed.TotalSeconds:F1} s"));
return failures == 0 ? 0 : 1;
