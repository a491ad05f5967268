using Godwit.Core;
using Godwit.Core.Access;

namespace Godwit.Server.Policies;

/// <summary>AttachPolicy — PUT /target-policies/{policyName}, to a certificate or a thing group. Attaching again is no error.</summary>
public sealed class AttachPolicy(PolicyAttachments attachments) : IOperation<AttachPolicy.Request, Nothing>
{
    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string Target { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        attachments.Attach(caller, nameof(AttachPolicy), request.PolicyName, request.Target, ct);
}
