using System.Diagnostics;
using Godwit.Bench.Servers;

namespace Godwit.Bench.Jobs;

/// <summary>A plan of a large fleet by the command, start-up included, against the start-up of the same command and one pass over as many devices.</summary>
public static class PlanTime
{
    private const string Update = """
        {"otaUpdateId":"bench","targets":["arn:aws:iot:us-east-1:000000000000:thinggroup/all"],"roleArn":"arn:aws:iam::000000000000:role/ota",
         "protocols":["MQTT"],"awsJobExecutionsRolloutConfig":{"maximumPerMinute":1000},
         "awsJobAbortConfig":{"abortCriteriaList":[{"failureType":"FAILED","action":"CANCEL","thresholdPercentage":20,"minNumberOfExecutedThings":100}]},
         "files":[{"fileName":"/app.bin","fileLocation":{"s3Location":{"bucket":"b","key":"k"}},
                   "codeSigning":{"customCodeSigning":{"signature":{"inlineDocument":"c2ln"},"hashAlgorithm":"SHA256","signatureAlgorithm":"ECDSA",
                   "certificateChain":{"certificateName":"/certs/sign.crt"}}}}]}
        """;

    private const string Model = """{"online":0.95,"downloadSeconds":60,"failureRate":0.01,"rejectRate":0.002,"revertRate":0.001,"offlineMinutes":30}""";

    public static IEnumerable<JobsRow> Measure(string folder, BenchOptions options)
    {
        var (update, model) = (Path.Combine(folder, "update.json"), Path.Combine(folder, "model.json"));
        File.WriteAllText(update, Update);
        File.WriteAllText(model, Model);
        var (plans, limits) = (new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            plans.Add(Time("plan", "--input", update, "--model", model, "--fleet", $"{options.Things}", "--json"));
            limits.Add(Time("version") + OnePass(options.Things));
        }
        return [new JobsRow("plan, start-up included", $"{options.Things:N0} devices", "none", UpdateRate.Median(plans), "s", plans.Max(), "start-up and one pass of draws", UpdateRate.Median(limits), limits.Max())];
    }

    private static double Time(params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(GodwitService.Binary(), arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"godwit {arguments[0]} ended with {process.ExitCode}.");
    }

    /// <summary>What cannot be left out: four draws for each device, and its minute counted.</summary>
    private static double OnePass(int devices)
    {
        var (watch, random, minutes) = (Stopwatch.StartNew(), new Random(1), new int[100_000]);
        for (var i = 0; i < devices; i++)
        {
            var at = (i / 1000.0) + (random.NextDouble() < 0.95 ? 0 : random.NextDouble() * 30) + (random.NextDouble() < 0.01 ? 2 : random.NextDouble());
            minutes[(int)at]++;
        }
        return minutes.Sum() == devices ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException("Devices were lost.");
    }
}
