using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Godwit.Bench.Jobs;
using Godwit.Bench.Report;
using Godwit.Bench.Servers;
using Godwit.Fleet.Operator;

namespace Godwit.Bench.Pages;

/// <summary>What the console's pages take with a large account on file: from the request to the last byte, by someone who is signed in, one page after the other.</summary>
public static partial class PagesBenchmark
{
    private const string KeyId = "AKIAIOSFODNN7BENCH00", Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYBENCHKEY00", Password = "several words are good";

    public static async Task<int> Run(BenchOptions options, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-pages-").FullName;
        try
        {
            var filled = Stopwatch.StartNew();
            await using (var stack = new JobsStack(folder, null))
                await LargeAccount.Fill(stack, options, ct);
            Console.WriteLine($"{options.Things:N0} things, {options.Executions:N0} executions on file after {filled.Elapsed.TotalSeconds:0} s");
            var port = PinnedProcess.FreePort();
            using var service = new PinnedProcess(
                PinnedProcess.ServerCore, GodwitService.Binary(),
                ["serve", "--data", folder, "--api-port", $"{port}", "--mqtt-port", "0", "--https-port", "0", "--access-key", $"{KeyId}:{Secret}", "--log-level", "Warning"]);
            service.DropOutput();
            await service.AwaitPort(port, ct);
            var rows = await Measure(new Uri($"http://127.0.0.1:{port}"), options, ct);
            foreach (var row in rows)
                Console.WriteLine($"{row.Page,-46} first {row.FirstMs,7:0} ms   median {row.MedianMs,7:0} ms   worst {row.WorstMs,7:0} ms   {row.Bytes,9:N0} bytes");
            PagesReport.Write(rows, options);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<PageRow>> Measure(Uri address, BenchOptions options, CancellationToken ct)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() };
        using var http = new HttpClient(handler) { BaseAddress = address };
        await SignIn(address, http, ct);
        var middle = FleetTables.Thing(options.Things / 2);
        var earlier = Uri.EscapeDataString(DateTimeOffset.UtcNow.AddHours(-23.9).ToString("O"));
        (string Page, string Path)[] pages =
        [
            ("Fleet now", "/console"), ("Updates", "/console/updates"), ("an update that went to all", $"/console/updates/{LargeAccount.Update}"),
            ("the same as of a moment", $"/console/updates/{LargeAccount.Update}?asOf={earlier}"), ("New update", "/console/new-update"), ("Devices", "/console/devices"),
            ("Devices, by the beginning of a name", "/console/devices?q=t05"), ("a device", $"/console/devices/{middle}"), ("Firmware", "/console/firmware"), ("Streams", "/console/streams"),
            ("Journal", "/console/journal"), ("Journal as of a moment", $"/console/journal?asOf={earlier}"), ("Journal of the update", $"/console/journal?job=AFR_OTA-{LargeAccount.Update}"),
            ("Fleet as of a moment", $"/console?asOf={earlier}"), ("Updates as of a moment", $"/console/updates?asOf={earlier}"), ("a device as of a moment", $"/console/devices/{middle}?asOf={earlier}"),
            ("Emulated devices", "/console/emulated"), ("Access", "/console/access"),
        ];
        var times = pages.ToDictionary(page => page.Path, _ => new List<double>());
        var bytes = new Dictionary<string, long>();
        for (var round = 0; round <= Math.Max(3, options.Rounds); round++)
        {
            foreach (var (page, path) in pages)
            {
                var begun = Stopwatch.GetTimestamp();
                using var answer = await http.GetAsync(path, ct);
                var text = await answer.Content.ReadAsStringAsync(ct);
                times[path].Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                bytes[path] = text.Length;
                if (answer.StatusCode != HttpStatusCode.OK || text.Contains("Sign in · Godwit", StringComparison.Ordinal))
                    throw new InvalidOperationException($"{page}: {(int)answer.StatusCode}");
            }
        }
        return [.. pages.Select(page => new PageRow(page.Page, times[page.Path][0], Median(times[page.Path].Skip(1)), times[page.Path].Skip(1).Max(), bytes[page.Path]))];
    }

    private static double Median(IEnumerable<double> times)
    {
        var sorted = times.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static async Task SignIn(Uri address, HttpClient http, CancellationToken ct)
    {
        using var aws = new AwsClient(address, KeyId, Secret, "us-east-1", TimeProvider.System);
        await aws.Call("iot", HttpMethod.Post, "/godwit/users", new JsonObject { ["userName"] = "bench", ["role"] = "admin", ["password"] = Password }, ct);
        var token = Csrf().Match(await http.GetStringAsync("/console/sign-in", ct)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["csrf"] = token, ["name"] = "bench", ["password"] = Password });
        using var answer = await http.PostAsync("/console/session", form, ct);
        answer.EnsureSuccessStatusCode();
    }

    [GeneratedRegex("name=\"csrf\" (?:content|value)=\"([0-9a-f]+)\"")]
    private static partial Regex Csrf();
}

/// <summary>What one page took; the first time is after the service has just started, and stands apart.</summary>
public sealed record PageRow(string Page, double FirstMs, double MedianMs, double WorstMs, long Bytes);
