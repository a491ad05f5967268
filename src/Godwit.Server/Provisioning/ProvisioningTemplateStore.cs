using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>Rows of provisioning templates and their versions.</summary>
internal static class ProvisioningTemplateStore
{
    public static TemplateRow? Find(ReadSession session, string account, string name) =>
        session.First<TemplateRow>("SELECT * FROM provisioning_template WHERE account = @account AND template_name = @name", new { account, name });

    public static bool Exists(ReadSession session, string account, string name) => Find(session, account, name) is not null;

    public static TemplateVersionRow? Version(ReadSession session, string account, string name, long version) => session.First<TemplateVersionRow>(
        "SELECT * FROM provisioning_template_version WHERE account = @account AND template_name = @name AND version_id = @version", new { account, name, version });

    public static void AddVersion(WriteSession session, string account, string name, long version, string body) => session.Execute(
        "INSERT INTO provisioning_template_version (account, template_name, version_id, body, created_at_ms) VALUES (@account, @name, @version, @body, @NowMs)",
        new { account, name, version, body, session.NowMs });

    public static void Update(WriteSession session, string account, TemplateRow row) => session.Execute(
        """
        UPDATE provisioning_template SET description = @Description, enabled = @Enabled, role_arn = @RoleArn, default_version = @DefaultVersion,
          last_version = @LastVersion, modified_at_ms = @NowMs WHERE account = @account AND template_name = @TemplateName
        """,
        new { account, row.TemplateName, row.Description, row.Enabled, row.RoleArn, row.DefaultVersion, row.LastVersion, session.NowMs });

    public static ServiceError NotFound(string name) => Errors.ResourceNotFound($"Provisioning template {name} cannot be found.");

    public static ServiceError NoVersion(string name, long version) => Errors.ResourceNotFound($"Version {version} of provisioning template {name} cannot be found.");
}

internal sealed record TemplateRow
{
    public string TemplateName { get; init; } = "";

    public string? Description { get; init; }

    public long Enabled { get; init; }

    public string RoleArn { get; init; } = "";

    public string TemplateType { get; init; } = "";

    public long DefaultVersion { get; init; }

    public long LastVersion { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }
}

internal sealed record TemplateVersionRow
{
    public long VersionId { get; init; }

    public string Body { get; init; } = "";

    public long CreatedAtMs { get; init; }
}
