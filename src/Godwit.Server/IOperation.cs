using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server;

/// <summary>
/// One AWS operation. The class carries the operation's name, nests its <c>Request</c> and <c>Response</c>, and does not know through which door it is called.
/// The request has already passed every constraint of the service's model (lengths, patterns, ranges, required members).
/// </summary>
public interface IOperation<in TRequest, TResponse>
{
    Task<Result<TResponse>> Handle(Caller caller, TRequest request, CancellationToken ct);
}
