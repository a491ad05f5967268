using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Policies;

/// <summary>DetachPrincipalPolicy — DELETE /principal-policies/{policyName}. Deprecated by AWS for DetachPolicy.</summary>
public sealed class DetachPrincipalPolicy(PolicyAttachments attachments) : IOperation<DetachPrincipalPolicy.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string Principal { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        attachments.Detach(caller, nameof(DetachPrincipalPolicy), request.PolicyName, request.Principal, ct);
}
