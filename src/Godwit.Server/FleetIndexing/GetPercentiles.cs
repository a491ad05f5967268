using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetPercentiles — POST /indices/percentiles, of the values that are numbers.</summary>
public sealed class GetPercentiles(FleetIndex index) : IOperation<GetPercentiles.Request, GetPercentiles.Response>
{
    public sealed record Request
    {
        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public string? AggregationField { get; init; }

        public string? QueryVersion { get; init; }

        public IReadOnlyList<double>? Percents { get; init; }
    }

    public sealed record Response(IReadOnlyList<PercentPair> Percentiles);

    public sealed record PercentPair(double Percent, double Value);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => index.Aggregate<Response>(
        caller, request.IndexName, request.QueryString, request.QueryVersion, request.AggregationField, (view, field) =>
        {
            var numbers = view.Values(field).Select(IndexNumber.Read).OfType<double>();
            var percents = request.Percents is { Count: > 0 } given ? given : Percentiles.Usual;
            return new Response([.. Percentiles.Of(numbers, percents).Select(pair => new PercentPair(pair.Percent, pair.Value))]);
        },
        ct);
}
