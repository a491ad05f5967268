using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Godwit.Fleet.Operator;
using Godwit.Server.Tests;
using Godwit.Verbs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Cli.Tests;

/// <summary>What stands in the log is found by the names that AWS's own log events have.</summary>
public sealed class FlatJsonLinesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void A_line_is_one_flat_object_with_AWSs_names()
    {
        var lines = new FlatJsonLines(new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)));
        using var text = new StringWriter();
        KeyValuePair<string, object?>[] state = [new("ClientId", "dev\n7"), new("Count", 3), new("Nothing", null), new("logLevel", "faked"), new("{OriginalFormat}", "…")];
        lines.Write(new LogEntry<KeyValuePair<string, object?>[]>(LogLevel.Warning, "Godwit.X", default, state, new IOException("broken"), (_, _) => "a sentence"), null, text);
        var line = Assert.Single(text.ToString().TrimEnd().Split('\n'));
        var read = JsonDocument.Parse(line).RootElement;
        Assert.Equal(["timestamp", "logLevel", "clientId", "count", "details", "category", "exception"], read.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("2030-01-02 03:04:05.678", "WARN", "dev\n7", 3, "a sentence"), (Text(read, "timestamp"), Text(read, "logLevel"), Text(read, "clientId"), read.GetProperty("count").GetInt32(), Text(read, "details")));
    }

    [Fact]
    public async Task An_update_is_told_as_AWS_tells_it()
    {
        var lines = new Lines();
        await using var server = await TestServer.Start(logging: logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(lines));
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var aws = new AwsClient(server.Address, TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", server.Time);
        var office = new FleetOperator(aws, signer, server.Time);
        await office.CreateBucket("firmware", Ct);
        await aws.Call("iot", HttpMethod.Post, "/things/dev7", [], Ct);
        byte[] image = [1, 2, 3];
        var order = new UpdateOrder
        {
            OtaUpdateId = "rel42", TargetArn = "arn:aws:iot:us-east-1:000000000000:thing/dev7", Image = image, Bucket = "firmware", Key = "app.bin",
            ObjectVersion = await office.Upload("firmware", "app.bin", image, Ct), Protocols = ["MQTT"],
        };
        await office.CreateUpdate(order, Ct);
        await office.AwaitCreated("rel42", Ct);
        await lines.Has("CreateOTAUpdate");

        var told = lines.Actions();
        Assert.Equal(["CreateStream", "CreateAWSJob", "CreateOTAUpdate"], told.Select(line => Text(line, "actionType")));
        Assert.All(told, line => Assert.Equal(("DEBUG", "000000000000", "Success", "rel42"), (Text(line, "logLevel"), Text(line, "accountId"), Text(line, "status"), Text(line, "otaUpdateId"))));
        Assert.StartsWith("AFR_OTA-", Text(told[0], "streamId"), StringComparison.Ordinal);
        Assert.Equal("AFR_OTA-rel42", Text(told[1], "awsJobId"));

        await office.CreateUpdate(order with { OtaUpdateId = "lost", Key = "none.bin", ObjectVersion = "none" }, Ct);
        await Assert.ThrowsAsync<AwsCallException>(() => office.AwaitCreated("lost", Ct));
        await lines.Has("CreateOTAUpdate", "Failure");
        await aws.Call("iot", HttpMethod.Delete, "/otaUpdates/rel42?deleteStream=true&forceDeleteAWSJob=true", null, Ct);
        await lines.Has("DeleteOTAUpdate");
    }

    private static string? Text(JsonElement line, string member) => line.TryGetProperty(member, out var value) ? value.GetString() : null;

    /// <summary>Gathers lines as the console would print them.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly FlatJsonLines _form = new(TimeProvider.System);
        private readonly ConcurrentQueue<string> _all = new();
        private volatile TaskCompletionSource _more = New();

        public List<JsonElement> Actions() => [.. _all.Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("actionType", out _))];

        /// <summary>Waits for a line; what is told after an answer comes a moment later.</summary>
        public async Task Has(string action, string status = "Success")
        {
            while (true)
            {
                var more = _more.Task;
                if (Actions().Exists(line => Text(line, "actionType") == action && Text(line, "status") == status))
                    return;
                await more.WaitAsync(TimeSpan.FromSeconds(20), Ct);
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            using var text = new StringWriter();
            _form.Write(new LogEntry<TState>(logLevel, "x", eventId, state, exception, formatter), null, text);
            _all.Enqueue(text.ToString());
            var more = _more;
            _more = New();
            more.TrySetResult();
        }

        public void Dispose()
        {
        }

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
