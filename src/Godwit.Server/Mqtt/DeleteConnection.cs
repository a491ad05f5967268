using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Mqtt.Packets;

namespace Godwit.Server.Mqtt;

/// <summary>DeleteConnection — DELETE /connections/{clientId}: ends a client's connection, with its session and its will if so asked.</summary>
internal sealed class DeleteConnection(LocalDeviceLink link) : IOperation<DeleteConnection.Request, Nothing>
{
    public sealed record Request
    {
        public required string ClientId { get; init; }

        public bool? CleanSession { get; init; }

        public bool? PreventWillMessage { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (link.Broker is not { } broker)
            return Task.FromResult<Result<Nothing>>(Errors.ServiceUnavailable("The device door is not open yet. Send the request again."));
        var found = broker.End(
            request.ClientId, ReasonCode.AdministrativeAction, caller.Account, endSession: request.CleanSession is true, withoutWill: request.PreventWillMessage is true);
        return Task.FromResult<Result<Nothing>>(found
            ? default(Nothing)
            : Errors.ResourceNotFound($"No client {request.ClientId} is connected."));
    }
}
