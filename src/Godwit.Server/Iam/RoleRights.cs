using Godwit.Core;
using Godwit.Core.Access;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Iam;

/// <summary>
/// What a role lets a service do on its owner's behalf: whether the service may assume it, and what its policies allow then.
/// An account without any roles is taken to have none on purpose (AWS's examples name roles that a desk never made): there any role will do.
/// </summary>
public sealed partial class RoleRights(IamDirectory directory, BucketDoors buckets, ServerOptions options, ILogger<RoleRights> log)
{
    public const string Iot = "iot.amazonaws.com";

    private int _told;

    /// <summary>Whether roles of this account are checked at all.</summary>
    public bool AreChecked(string account) => options.Access == AccessMode.Enforced && directory.HasRoles(account);

    /// <summary>Null if <paramref name="service"/> may assume the role; otherwise what is wrong, with its remedy.</summary>
    public string? WhyNotAssumed(string account, string roleArn, string service)
    {
        if (!IsChecked(account, roleArn))
            return null;
        if (Arn.Parse(roleArn) is { } arn && arn.Account != account)
            return $"Role {roleArn} is of another account. Name a role of account {account}.";
        if (directory.RoleOf(roleArn) is not { Trust: { } trust })
            return $"Role {roleArn} does not exist. Create it, or name one that ListRoles shows.";
        var verdict = IdentityRules.DecideFor(PrincipalFacts.OfService(service), trust, "sts:AssumeRole", roleArn, Context(account), out _);
        return verdict == AccessVerdict.Allowed
            ? null
            : $"{service} is not authorized to perform: sts:AssumeRole on resource: {roleArn}. Let its trust policy allow sts:AssumeRole to the Service {service}.";
    }

    /// <summary>Null if the role may; otherwise AWS's words with the action and the resource that are missing.</summary>
    public string? WhyNotAllowed(string account, string roleArn, string action, string resource)
    {
        if (!IsChecked(account, roleArn) || directory.RoleOf(roleArn) is not { } role)
            return null;
        var (context, session) = (Context(account).With("aws:PrincipalArn", roleArn), $"arn:aws:sts::{account}:assumed-role/{role.Name}/godwit");
        var verdict = IdentityRules.Decide(role.Policies, action, resource, context);
        if (DoorOf(resource) is not { } door || door.Account != account)
            return verdict == AccessVerdict.Allowed ? null : AccessErrors.Message(resource, session, action, verdict);
        var atBucket = BucketRules.Decide(
            door.Policy, verdict, new PrincipalFacts(account, session, roleArn), isOwners: true, door.RestrictsPublic, action, resource, context);
        return atBucket == AccessVerdict.Allowed ? null : AccessErrors.MessageAtBucket(resource, session, action, atBucket, isOwners: true);
    }

    private BucketDoor? DoorOf(string resource) => Arn.Parse(resource) is { Service: "s3" } arn ? buckets.Find(arn.Resource.Split('/', 2)[0]) : null;

    /// <summary>Null if the role may read an object; a version by its id is another action than the latest.</summary>
    public string? WhyNotRead(string account, string roleArn, string bucket, string key, string? version) =>
        WhyNotAllowed(account, roleArn, version is null ? "s3:GetObject" : "s3:GetObjectVersion", $"arn:aws:s3:::{bucket}/{key}");

    private bool IsChecked(string account, string roleArn)
    {
        if (AreChecked(account))
            return true;
        if (options.Access == AccessMode.Enforced && Interlocked.Exchange(ref _told, 1) == 0)
            LogUnchecked(roleArn, account);
        return false;
    }

    private static PolicyContext Context(string account) => PolicyContext.Empty.With(
        [new("aws:SourceAccount", account), new("aws:PrincipalAccount", account), new("iam:PassedToService", Iot), new("aws:SecureTransport", "true")]);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Role {RoleArn} was not checked: account {Account} has no roles. From the first CreateRole on, roles must exist, trust the service and allow what it does")]
    private partial void LogUnchecked(string roleArn, string account);
}
