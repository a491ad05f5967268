namespace Godwit.Core;

/// <summary>The exceptions that several services share, with the statuses of the iot model. A slice's own refusals stand in its <c>…Errors.cs</c>.</summary>
public static class Errors
{
    public static ServiceError InvalidRequest(string message) => new("InvalidRequestException", 400, message);

    public static ServiceError ResourceNotFound(string message) => new("ResourceNotFoundException", 404, message);

    /// <summary>AWS: <c>resourceId</c> and <c>resourceArn</c> name what is in the way.</summary>
    public static ServiceError ResourceAlreadyExists(string message, string resourceId, string resourceArn) =>
        new("ResourceAlreadyExistsException", 409, message, new Dictionary<string, string> { ["resourceId"] = resourceId, ["resourceArn"] = resourceArn });

    public static ServiceError LimitExceeded(string message) => new("LimitExceededException", 410, message);

    public static ServiceError VersionConflict(string message) => new("VersionConflictException", 409, message);

    public static ServiceError DeleteConflict(string message) => new("DeleteConflictException", 409, message);

    public static ServiceError InvalidStateTransition(string message) => new("InvalidStateTransitionException", 409, message);

    public static ServiceError Unauthorized(string message) => new("UnauthorizedException", 401, message);

    public static ServiceError AccessDenied(string message) => new("AccessDeniedException", 403, message);

    /// <summary>AWS answers 400 here on the control plane; SDKs retry by the name. The data planes use 429 with the same name.</summary>
    public static ServiceError Throttling(string message, int status = 400) => new("ThrottlingException", status, message);

    public static ServiceError InternalFailure(string message) => new("InternalFailureException", 500, message);

    public static ServiceError ServiceUnavailable(string message) => new("ServiceUnavailableException", 503, message);
}
