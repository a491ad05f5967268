using System.Globalization;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>CreatePolicyVersion — POST /policies/{policyName}/version. Numbers rise and are never used again.</summary>
public sealed class CreatePolicyVersion(Database database, PolicyHooks hooks) : IOperation<CreatePolicyVersion.Request, CreatePolicyVersion.Response>
{
    /// <summary>AWS: a policy keeps at most five versions.</summary>
    private const int VersionsMax = 5;

    public sealed record Request
    {
        public required string PolicyName { get; init; }

        public required string PolicyDocument { get; init; }

        public bool? SetAsDefault { get; init; }
    }

    public sealed record Response(string PolicyArn, string PolicyDocument, string PolicyVersionId, bool IsDefaultVersion);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        IotPolicy.Parse(request.PolicyDocument).Error is { } refusal
            ? Task.FromResult<Result<Response>>(refusal)
            : database.Change(session => Create(session, caller, request), ct);

    private Result<Response> Create(WriteSession session, Caller caller, Request request)
    {
        if (PolicyStore.Find(session, caller.Account, request.PolicyName) is not { } row)
            return PolicyErrors.NoPolicy(request.PolicyName);
        if (PolicyStore.Versions(session, caller.Account, row.PolicyName).Count >= VersionsMax)
            return PolicyErrors.TooManyVersions(row.PolicyName, VersionsMax);
        var (version, isDefault) = (row.LastVersion + 1, request.SetAsDefault is true);
        PolicyStore.InsertVersion(session, caller.Account, row.PolicyName, version, request.PolicyDocument);
        PolicyStore.Update(session, caller.Account, row with { LastVersion = version, DefaultVersion = isDefault ? version : row.DefaultVersion });
        if (isDefault)
            hooks.DefaultVersionChanged(session, caller, row.PolicyName);
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(CreatePolicyVersion), "policy/" + row.PolicyName, null, request.PolicyDocument,
            string.Create(CultureInfo.InvariantCulture, $"version {version}{(isDefault ? ", the default" : "")}")));
        return new Response(
            caller.IotArn("policy/" + row.PolicyName), request.PolicyDocument, version.ToString(CultureInfo.InvariantCulture), isDefault);
    }
}
