using Godwit.Core;

namespace Godwit.Server.Things;

/// <summary>What the registry refuses, in AWS's words where they are known.</summary>
internal static class ThingErrors
{
    public static ServiceError NoThing(string thing) => Errors.ResourceNotFound($"Thing {thing} cannot be found.");

    public static ServiceError NoGroup(string group) => Errors.ResourceNotFound($"Thing group {group} cannot be found.");

    public static ServiceError NoType(string type) => Errors.ResourceNotFound($"Thing type {type} cannot be found.");

    public static ServiceError NoBillingGroup(string group) => Errors.ResourceNotFound($"Billing group {group} cannot be found.");

    public static ServiceError DeprecatedType(string type) =>
        Errors.InvalidRequest($"Can not create new thing with deprecated thing type : {type}");

    public static ServiceError ThingExists(string thing, string thingId, string arn) =>
        Errors.ResourceAlreadyExists($"Thing {thing} already exists in account with different attributes", thingId, arn);

    public static ServiceError GroupExists(string group, string groupId, string arn) =>
        Errors.ResourceAlreadyExists($"Thing Group {group} already exists in current account with different properties", groupId, arn);

    public static ServiceError TypeExists(string type, string typeId, string arn) =>
        Errors.ResourceAlreadyExists($"Thing type {type} already exists with different properties", typeId, arn);

    public static ServiceError Version(string subject, long expected, long actual) =>
        Errors.VersionConflict($"The version of {subject} is {actual}, not the expected {expected}. Read it again and repeat the change.");

    public static ServiceError DynamicGroup(string group, string remedy) => Errors.InvalidRequest($"Thing group {group} is dynamic: its query decides. {remedy}");

    public static ServiceError HasChildren(string group) =>
        Errors.InvalidRequest($"Cannot delete thing group : {group} when there are still child groups attached to it.");
}
