using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>Which certificates stand for which things. A principal is a certificate's ARN; the row holds its id.</summary>
internal static class PrincipalStore
{
    public const string Exclusive = "EXCLUSIVE_THING";

    public const string NonExclusive = "NON_EXCLUSIVE_THING";

    /// <summary>The certificate id in a principal.</summary>
    public static Result<string> Read(Caller caller, string principal) =>
        Arn.Parse(principal) is { Service: "iot", ResourceType: "cert" } arn && arn.Account == caller.Account
            ? arn.ResourceName.ToLowerInvariant()
            : CertificateErrors.BadPrincipal(principal);

    public static List<string> CertificatesOf(ReadSession session, string account, string thing) => session.Query<string>(
        "SELECT certificate_id FROM thing_principal WHERE account = @account AND thing_name = @thing", new { account, thing });

    public static bool HasPrincipals(ReadSession session, string account, string thing) => session.First<long>(
        "SELECT 1 FROM thing_principal WHERE account = @account AND thing_name = @thing LIMIT 1", new { account, thing }) != 0;

    public static List<string> ThingsOf(ReadSession session, string account, string certificateId) => session.Query<string>(
        "SELECT thing_name FROM thing_principal WHERE account = @account AND certificate_id = @certificateId ORDER BY thing_name",
        new { account, certificateId });

    public static bool IsExclusive(ReadSession session, string account, string certificateId, string thing) => session.First<string>(
        "SELECT principal_type FROM thing_principal WHERE account = @account AND thing_name = @thing AND certificate_id = @certificateId",
        new { account, thing, certificateId }) == Exclusive;

    public static List<PrincipalRow> AttachmentsOf(ReadSession session, string account, string certificateId) => session.Query<PrincipalRow>(
        "SELECT * FROM thing_principal WHERE account = @account AND certificate_id = @certificateId", new { account, certificateId });

    public static void Attach(WriteSession session, string account, PrincipalRow row) => session.Execute(
        """
        INSERT INTO thing_principal (account, thing_name, certificate_id, principal_type, attached_at_ms)
        VALUES (@account, @ThingName, @CertificateId, @PrincipalType, @NowMs)
        ON CONFLICT (account, thing_name, certificate_id) DO UPDATE SET principal_type = excluded.principal_type
        """,
        new { account, row.ThingName, row.CertificateId, row.PrincipalType, session.NowMs });

    public static bool Detach(WriteSession session, string account, string thing, string certificateId) => session.Execute(
        "DELETE FROM thing_principal WHERE account = @account AND thing_name = @thing AND certificate_id = @certificateId",
        new { account, thing, certificateId }) > 0;

    /// <summary>Certificates of a thing behind one, with those of a type only where it is named.</summary>
    public static List<PrincipalRow> PageOfThing(ReadSession session, string account, string thing, string? type, string after, int limit) => session.Query<PrincipalRow>(
        """
        SELECT * FROM thing_principal WHERE account = @account AND thing_name = @thing AND certificate_id > @after
          AND (@type IS NULL OR principal_type = @type) ORDER BY certificate_id LIMIT @limit
        """,
        new { account, thing, type, after, limit });

    /// <summary>Things of a certificate behind one, with those of a type only where it is named.</summary>
    public static List<PrincipalRow> PageOfCertificate(ReadSession session, string account, string certificateId, string? type, string after, int limit) => session.Query<PrincipalRow>(
        """
        SELECT * FROM thing_principal WHERE account = @account AND certificate_id = @certificateId AND thing_name > @after
          AND (@type IS NULL OR principal_type = @type) ORDER BY thing_name LIMIT @limit
        """,
        new { account, certificateId, type, after, limit });
}

internal sealed record PrincipalRow
{
    public string ThingName { get; init; } = "";

    public string CertificateId { get; init; } = "";

    public string PrincipalType { get; init; } = "";
}
