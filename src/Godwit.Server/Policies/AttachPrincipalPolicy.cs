using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Policies;

/// <summary>AttachPrincipalPolicy — PUT /principal-policies/{policyName}. Deprecated by AWS for AttachPolicy; tutorials still type it.</summary>
public sealed class AttachPrincipalPolicy(PolicyAttachments attachments) : IOperation<AttachPrincipalPolicy.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string Principal { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        attachments.Attach(caller, nameof(AttachPrincipalPolicy), request.PolicyName, request.Principal, ct);
}
