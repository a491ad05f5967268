namespace Godwit.Server.Access.Users;

/// <summary>
/// Which role each operation wants: one table, asked below all pages. What reads is for everyone but where secrets lie; what stops something is for whoever
/// may start it; an operation that is not named here wants an admin.
/// </summary>
public static class RoleTable
{
    /// <summary>The parts of the service's health, with their numbers; the state alone is for everyone.</summary>
    public const string HealthDetail = "godwit.health detail";

    private static readonly string[] Reads = ["Get", "List", "Describe", "Search", "Test", "Head"];

    /// <summary>A dry run changes nothing.</summary>
    private static readonly HashSet<string> OfViewers = new(StringComparer.Ordinal) { "s3.GET", "s3.HEAD", "godwit.POST plan" };

    private static readonly HashSet<string> OfOperators = new(StringComparer.Ordinal)
    {
        "CreateOTAUpdate", "CreateJob", "UpdateJob", "CancelJob", "CancelJobExecution", "AssociateTargetsWithJob", "CreateJobTemplate", "CreateStream", "UpdateStream",
        "CreateThing", "UpdateThing", "CreateThingType", "UpdateThingType", "CreateThingGroup", "UpdateThingGroup", "AddThingToThingGroup", "RemoveThingFromThingGroup",
        "UpdateThingGroupsForThing", "CreateDynamicThingGroup", "UpdateDynamicThingGroup", "TagResource", "UntagResource", "Publish",
        "s3.PUT", "s3.POST", "godwit.POST jobs/pause", "godwit.POST jobs/resume", "godwit.POST jobs/rate", "godwit.POST fleet", "godwit.DELETE fleet",
        "godwit.GET things/messages", "godwit.POST things/messages", "godwit.DELETE things/messages",
    };

    private static readonly HashSet<string> OfApprovers = new(StringComparer.Ordinal)
    {
        "DeleteOTAUpdate", "DeleteJob", "DeleteJobExecution", "DeleteJobTemplate", "DeleteStream", "DeleteThing", "DeleteThingType", "DeprecateThingType", "DeleteThingGroup",
        "DeleteDynamicThingGroup", "CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy", "DeletePolicyVersion", "AttachPolicy", "DetachPolicy",
        "AttachPrincipalPolicy", "DetachPrincipalPolicy", "CreateCertificateFromCsr", "CreateKeysAndCertificate", "UpdateCertificate", "DeleteCertificate", "RegisterCertificate",
        "RegisterCertificateWithoutCA", "AttachThingPrincipal", "DetachThingPrincipal", "PutSigningProfile", "CancelSigningProfile", "StartSigningJob", "SignPayload",
        "RevokeSignature", "RevokeSigningProfile", "UpdateEventConfigurations", "s3.DELETE",
    };

    private static readonly HashSet<string> OfAdmins = new(StringComparer.Ordinal) { "GetRegistrationCode", "godwit.GET users", "godwit.GET access-keys", HealthDetail };

    /// <summary>The role that an operation wants.</summary>
    /// <param name="operation">AWS's name; <c>s3.METHOD</c>; or <see cref="OfGodwit"/>.</param>
    public static UserRole Wanted(string operation)
    {
        if (OfAdmins.Contains(operation))
            return UserRole.Admin;
        if (OfOperators.Contains(operation))
            return UserRole.Operator;
        if (OfApprovers.Contains(operation))
            return UserRole.Approver;
        return OfViewers.Contains(operation) || operation.StartsWith("godwit.GET ", StringComparison.Ordinal)
            || Reads.Any(verb => operation.StartsWith(verb, StringComparison.Ordinal) && operation.Length > verb.Length && char.IsAsciiLetterUpper(operation[verb.Length]))
            ? UserRole.Viewer
            : UserRole.Admin;
    }

    /// <summary>A request under <c>/godwit/</c> as the table names it: <c>POST /godwit/jobs/x/pause</c> is <c>godwit.POST jobs/pause</c>.</summary>
    public static string OfGodwit(string method, string rawPath)
    {
        var path = rawPath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path switch
        {
            [_, var resource] => $"godwit.{method} {resource}",
            [_, var resource, _, .. var rest] => $"godwit.{method} {string.Join('/', rest.Prepend(resource))}",
            _ => $"godwit.{method} ",
        };
    }
}
