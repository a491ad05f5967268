using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Godwit.Server.Metrics;

/// <summary>Traces of requests and of devices' calls, and the way out of the process for them and the meters: OTLP, where an endpoint is named.</summary>
public static class Telemetry
{
    public const string SourceName = "Godwit";

    /// <summary>Without a listener it makes nothing.</summary>
    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>Adds the exporters; headers, protocol and intervals come from OpenTelemetry's own OTEL_… variables.</summary>
    public static void AddOtlp(this IServiceCollection services, string endpoint)
    {
        var meters = new[] { "Godwit.*", "System.Runtime" };
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("godwit", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3)))
            .WithMetrics(metrics => metrics.AddMeter(meters).AddOtlpExporter(options => Direct(options, endpoint, "v1/metrics")))
            .WithTracing(traces => traces.AddSource(SourceName).AddOtlpExporter(options => Direct(options, endpoint, "v1/traces")));
    }

    private static void Direct(OpenTelemetry.Exporter.OtlpExporterOptions options, string endpoint, string path)
    {
        // The variables may name a protocol; an address with port 4317 is gRPC's by convention.
        if (options.Protocol == OpenTelemetry.Exporter.OtlpExportProtocol.Grpc && new Uri(endpoint).Port != 4317)
            options.Protocol = OpenTelemetry.Exporter.OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = options.Protocol == OpenTelemetry.Exporter.OtlpExportProtocol.Grpc ? new Uri(endpoint) : new Uri($"{endpoint.TrimEnd('/')}/{path}");
    }
}
