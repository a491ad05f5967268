using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.EndpointDescription;

/// <summary>
/// DescribeEndpoint — GET /endpoint. One host answers for every type. Clients take the answer as a host without scheme or port and
/// use the default ports (8883 for MQTT, 443 for HTTPS), so an installation that they find this way listens there.
/// </summary>
public sealed class DescribeEndpoint(Endpoints endpoints) : IOperation<DescribeEndpoint.Request, DescribeEndpoint.Response>
{
    public sealed record Request
    {
        public string? EndpointType { get; init; }
    }

    public sealed record Response(string EndpointAddress);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => Task.FromResult<Result<Response>>(
        request.EndpointType is null or "iot:Data" or "iot:Data-ATS" or "iot:CredentialProvider" or "iot:Jobs"
            ? new Response(endpoints.Host)
            : Errors.InvalidRequest(
                $"Endpoint type {request.EndpointType} is not known. Give iot:Data-ATS, iot:Data, iot:CredentialProvider or iot:Jobs."));
}
