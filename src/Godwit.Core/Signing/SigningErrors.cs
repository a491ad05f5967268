namespace Godwit.Core.Signing;

/// <summary>The exceptions of the signer model, with their statuses.</summary>
public static class SigningErrors
{
    public static ServiceError Validation(string message) => new("ValidationException", 400, message);

    public static ServiceError NotFound(string message) => Errors.ResourceNotFound(message);

    public static ServiceError AccessDenied(string message) => Errors.AccessDenied(message);

    public static ServiceError Conflict(string message) => new("ConflictException", 409, message);

    public static ServiceError LimitExceeded(string message) => new("ServiceLimitExceededException", 402, message);

    /// <summary>The tag operations have exceptions of their own.</summary>
    public static ServiceError BadRequest(string message) => new("BadRequestException", 400, message);

    /// <inheritdoc cref="BadRequest"/>
    public static ServiceError TagTargetNotFound(string message) => new("NotFoundException", 404, message);

    public static ServiceError NextTokenInvalid { get; } = Validation("Next token is invalid.");
}
