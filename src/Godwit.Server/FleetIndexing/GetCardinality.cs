using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.FleetIndexing;

/// <summary>GetCardinality — POST /indices/cardinality: how many values of a field differ. Counted, where AWS estimates.</summary>
public sealed class GetCardinality(FleetIndex index) : IOperation<GetCardinality.Request, GetCardinality.Response>
{
    public sealed record Request
    {
        public string? IndexName { get; init; }

        public required string QueryString { get; init; }

        public string? AggregationField { get; init; }

        public string? QueryVersion { get; init; }
    }

    public sealed record Response(int Cardinality);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => index.Aggregate<Response>(
        caller, request.IndexName, request.QueryString, request.QueryVersion, request.AggregationField,
        (view, field) => new Response(view.Values(field).Distinct(StringComparer.Ordinal).Count()), ct);
}
