using Godwit.Core;

namespace Godwit.Server.Iam;

/// <summary>Refusals of IAM and STS in AWS's own words. AWS: IAM API reference > Common errors.</summary>
internal static class IamErrors
{
    public static ServiceError NoSuchRole(string name) => NoSuchEntity($"The role with name {name} cannot be found.");

    public static ServiceError NoSuchUser(string name) => NoSuchEntity($"The user with name {name} cannot be found.");

    public static ServiceError NoSuchEntity(string message) => new("NoSuchEntity", 404, message);

    public static ServiceError Exists(string what, string name) => new("EntityAlreadyExists", 409, $"{what} with name {name} already exists.");

    public static ServiceError DeleteConflict(string message) => new("DeleteConflict", 409, message);

    public static ServiceError LimitExceeded(string message) => new("LimitExceeded", 409, message);

    public static ServiceError ValidationError(string message) => new("ValidationError", 400, message);

    public static ServiceError InvalidInput(string message) => new("InvalidInput", 400, message);

    public static ServiceError AccessDenied(string message) => new("AccessDenied", 403, message);
}
