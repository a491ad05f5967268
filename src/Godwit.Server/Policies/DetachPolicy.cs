using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Policies;

/// <summary>DetachPolicy — POST /target-policies/{policyName}. What is not attached is detached already.</summary>
public sealed class DetachPolicy(PolicyAttachments attachments) : IOperation<DetachPolicy.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string Target { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        attachments.Detach(caller, nameof(DetachPolicy), request.PolicyName, request.Target, ct);
}
