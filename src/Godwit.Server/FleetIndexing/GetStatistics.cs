using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetStatistics — POST /indices/statistics. Of values that are no numbers only the count is told.</summary>
public sealed class GetStatistics(FleetIndex index) : IOperation<GetStatistics.Request, GetStatistics.Response>
{
    public sealed record Request
    {
        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public string? AggregationField { get; init; }

        public string? QueryVersion { get; init; }
    }

    public sealed record Response(Numbers Statistics);

    public sealed record Numbers(
        int Count, double? Average, double? Sum, double? Minimum, double? Maximum, double? SumOfSquares, double? Variance, double? StdDeviation);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => index.Aggregate<Response>(
        caller, request.IndexName, request.QueryString, request.QueryVersion, request.AggregationField, (view, field) =>
        {
            var count = 0;
            var found = NumberStatistics.Of(view.Values(field).Select(value =>
            {
                count++;
                return IndexNumber.Read(value);
            }).OfType<double>());
            return new Response(found is null
                ? new Numbers(count, null, null, null, null, null, null, null)
                : new Numbers(
                    found.Count, found.Average, found.Sum, found.Minimum, found.Maximum, found.SumOfSquares, found.Variance, found.StandardDeviation));
        },
        ct);
}
