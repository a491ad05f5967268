using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetBucketsAggregation — POST /indices/buckets: how often each value of a field stands, the most frequent first.</summary>
public sealed class GetBucketsAggregation(FleetIndex index) : IOperation<GetBucketsAggregation.Request, GetBucketsAggregation.Response>
{
    private const int BucketsDefault = 10;

    public sealed record Request
    {
        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public required string AggregationField { get; init; }

        public string? QueryVersion { get; init; }

        public required BucketsAggregationType BucketsAggregationType { get; init; }
    }

    public sealed record BucketsAggregationType
    {
        public TermsAggregation? TermsAggregation { get; init; }
    }

    public sealed record TermsAggregation
    {
        public int? MaxBuckets { get; init; }
    }

    public sealed record Response(int TotalCount, IReadOnlyList<Bucket> Buckets);

    public sealed record Bucket(string KeyValue, int Count);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.BucketsAggregationType.TermsAggregation is not { } terms)
            return Task.FromResult<Result<Response>>(IndexErrors.InvalidAggregation("bucketsAggregationType names no kind. Give termsAggregation."));
        return index.Aggregate<Response>(
            caller, request.IndexName, request.QueryString, request.QueryVersion, request.AggregationField, (view, field) =>
            {
                var buckets = view.Values(field).CountBy(value => value, StringComparer.Ordinal)
                    .OrderByDescending(bucket => bucket.Value).ThenBy(bucket => bucket.Key, StringComparer.Ordinal)
                    .Take(terms.MaxBuckets ?? BucketsDefault)
                    .Select(bucket => new Bucket(bucket.Key, bucket.Value));
                return new Response(view.Count(), [.. buckets]);
            },
            ct);
    }
}
