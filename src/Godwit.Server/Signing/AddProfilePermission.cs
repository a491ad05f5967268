using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>AddProfilePermission — POST /signing-profiles/{profileName}/permissions: lets another account use a profile.</summary>
public sealed class AddProfilePermission(Database database, IRandomSource random) : IOperation<AddProfilePermission.Request, AddProfilePermission.Response>
{
    /// <summary>AWS: a profile's policy has up to 20 kB.</summary>
    private const int StatementsMax = 100;

    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public string? ProfileVersion { get; init; }

        public required string Action { get; init; }

        public required string Principal { get; init; }

        public string? RevisionId { get; init; }

        public required string StatementId { get; init; }
    }

    public sealed record Response(string RevisionId);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change(session => Add(session, caller, request), ct);

    private Result<Response> Add(WriteSession session, Caller caller, Request request)
    {
        if (SigningProfileStore.Find(session, caller.Account, request.ProfileName) is not { } row)
            return SigningErrors.NotFound($"profile with name {request.ProfileName} does not exist");
        if (!ProfilePermission.Actions.Contains(request.Action))
            return SigningErrors.Validation($"action {request.Action} cannot be allowed by a profile. Use one of {string.Join(", ", ProfilePermission.Actions)}.");
        if (!IsPrincipal(request.Principal))
            return SigningErrors.Validation($"principal {request.Principal} is neither an account of twelve digits nor the ARN of an identity.");
        if (request.ProfileVersion is not null && request.ProfileVersion != row.ProfileVersion)
            return SigningErrors.NotFound($"profile with name {request.ProfileName} and version {request.ProfileVersion} does not exist");
        if (row.PermissionsRevision is not null && request.RevisionId is not null && request.RevisionId != row.PermissionsRevision)
            return SigningErrors.Conflict($"revisionId is not that of the profile's policy, which was changed meanwhile. ListProfilePermissions tells it.");
        var statements = row.ReadPermissions;
        if (statements.Any(statement => statement.StatementId == request.StatementId))
            return SigningErrors.Conflict($"Statement {request.StatementId} already exists. Remove it first, or choose another statementId.");
        if (statements.Count >= StatementsMax)
            return SigningErrors.LimitExceeded($"Profile {request.ProfileName} has {StatementsMax} statements, which is the most.");
        statements.Add(new ProfilePermission(request.StatementId, request.Action, request.Principal, request.ProfileVersion));
        var after = row with { Permissions = SigningJson.Write(statements)!, PermissionsRevision = random.NewUuid() };
        SigningProfileStore.Update(session, caller, row, after, nameof(AddProfilePermission), $"{request.StatementId}: {request.Principal} {request.Action}");
        return new Response(after.PermissionsRevision);
    }

    private static bool IsPrincipal(string text) => (text.Length == 12 && text.All(char.IsAsciiDigit)) || Arn.Parse(text) is { Service: "iam" or "sts" };
}
