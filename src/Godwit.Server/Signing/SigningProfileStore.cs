using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Core.Signing;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>Signing profiles in the database; every method runs inside the caller's session.</summary>
internal static class SigningProfileStore
{
    public static SigningProfileRow? Find(ReadSession session, string account, string name) =>
        session.First<SigningProfileRow>("SELECT * FROM signing_profile WHERE account = @account AND profile_name = @name", new { account, name });

    /// <summary>The profile that a caller may use: his own, or another account's that lets him.</summary>
    public static Result<SigningProfileRow> FindFor(ReadSession session, Caller caller, string name, string? owner, string action)
    {
        var account = owner ?? caller.Account;
        var found = Find(session, account, name);
        if (account == caller.Account)
            return found is null ? SigningErrors.NotFound($"profile with name {name} does not exist") : found;
        // Another account's profiles are not told apart from those that are not there.
        return found is not null && ProfilePermission.Allows(found.ReadPermissions, action, caller.Account, caller.Arn, found.ProfileVersion)
            ? found
            : SigningErrors.AccessDenied($"User: {caller.Arn} is not authorized to perform: {action} on signing profile {name} of account {account}. Its owner allows it by AddProfilePermission.");
    }

    public static List<SigningProfileRow> List(ReadSession session, string account, string after, int max) => session.Query<SigningProfileRow>(
        "SELECT * FROM signing_profile WHERE account = @account AND profile_name > @after ORDER BY profile_name LIMIT @max", new { account, after, max });

    /// <summary>ARNs of the active profiles that sign with a certificate.</summary>
    public static IReadOnlyList<string> UsersOf(ReadSession session, string account, string certificateArn) => [.. session.Query<SigningProfileRow>(
        "SELECT * FROM signing_profile WHERE account = @account AND certificate_arn = @certificateArn AND status = 'Active' ORDER BY profile_name", new { account, certificateArn })
        .Select(row => row.Arn)];

    public static void Insert(WriteSession session, Caller caller, SigningProfileRow row)
    {
        session.Execute(
            """
            INSERT INTO signing_profile (account, profile_name, profile_version, region, status, platform_id, certificate_arn, validity, overrides, signing_parameters, tags, permissions, created_at_ms)
            VALUES (@Account, @ProfileName, @ProfileVersion, @Region, @Status, @PlatformId, @CertificateArn, @Validity, @Overrides, @SigningParameters, @Tags, @Permissions, @atMs)
            """,
            new
            {
                row.Account, row.ProfileName, row.ProfileVersion, row.Region, row.Status, row.PlatformId, row.CertificateArn, row.Validity, row.Overrides,
                row.SigningParameters, row.Tags, row.Permissions, atMs = session.NowMs,
            });
        session.Record(new Fact(caller.Account, caller.Arn, "PutSigningProfile", row.Resource, null, row.Status, $"version {row.ProfileVersion}"));
    }

    /// <summary>Stores what may change: status, revocation, tags, permissions.</summary>
    public static void Update(WriteSession session, Caller caller, SigningProfileRow before, SigningProfileRow after, string kind, string? why = null)
    {
        session.Execute(
            """
            UPDATE signing_profile SET status = @Status, tags = @Tags, permissions = @Permissions, permissions_revision = @PermissionsRevision, revoked_at_ms = @RevokedAtMs,
              revoked_by = @RevokedBy, revocation_reason = @RevocationReason, revocation_effective_at_ms = @RevocationEffectiveAtMs
            WHERE account = @Account AND profile_name = @ProfileName
            """,
            new
            {
                after.Account, after.ProfileName, after.Status, after.Tags, after.Permissions, after.PermissionsRevision, after.RevokedAtMs, after.RevokedBy,
                after.RevocationReason, after.RevocationEffectiveAtMs,
            });
        session.Record(new Fact(after.Account, caller.Arn, kind, after.Resource, before.Status, after.Status, why));
    }
}
