using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning;

/// <summary>Provisioning templates as those who provision by them need them.</summary>
public static class ProvisioningTemplates
{
    /// <summary>A template with the body of its default version, or null.</summary>
    public static StoredTemplate? Find(ReadSession session, string account, string name) =>
        ProvisioningTemplateStore.Find(session, account, name) is { } row && ProvisioningTemplateStore.Version(session, account, name, row.DefaultVersion) is { } version
            ? new StoredTemplate(row.TemplateName, row.TemplateType, row.Enabled != 0, version.VersionId, version.Body)
            : null;
}

/// <param name="Type"><c>FLEET_PROVISIONING</c> or <c>JITP</c>.</param>
public sealed record StoredTemplate(string Name, string Type, bool Enabled, long Version, string Body);
