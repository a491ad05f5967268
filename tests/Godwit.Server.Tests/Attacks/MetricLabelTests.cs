namespace Godwit.Server.Tests.Attacks;

/// <summary>A27: nothing that a client writes becomes a label of a metric.</summary>
public sealed class MetricLabelTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A27_clients_words_do_not_become_labels()
    {
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        var labels = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Godwit.Server.Http.RequestMetrics.MeterName)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => labels[tags[0].Value!.ToString()!] = true);
        listener.Start();
        using var s3 = _server.Client("s3");
        using var iot = _server.Client("iot");
        using var iam = _server.Client("iam");
        for (var i = 0; i < 40; i++)
        {
            await s3.Send($"PLANTED{i}", "/bucket-planted");
            await iot.Send("GET", $"/planted{i}/x");
            await iot.Send("GET", $"/things/planted{i}");
            await iam.Send("GET", $"/?Action=Planted{i}&Version=2010-05-08");
        }

        Assert.DoesNotContain(labels.Keys, label => label.Contains("planted", StringComparison.OrdinalIgnoreCase));
    }
}
