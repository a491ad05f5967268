using Godwit.Core;

namespace Godwit.Server.Acm;

/// <summary>ACM's exceptions; its protocol answers 400 for each.</summary>
internal static class AcmErrors
{
    public static ServiceError Validation(string message) => new("ValidationException", 400, message);

    public static ServiceError InvalidArn(string arn) =>
        new("InvalidArnException", 400, $"'{arn}' is not the ARN of a certificate, such as arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012.");

    public static ServiceError NotFound(string arn, string account) =>
        new("ResourceNotFoundException", 400, $"Could not find certificate {arn} in account {account}. ListCertificates shows those that are there.");

    public static ServiceError InUse(string arn, IEnumerable<string> users) => new(
        "ResourceInUseException", 400, $"Certificate {arn} in account is in use by {string.Join(", ", users)}. Cancel the signing profiles first: what they signed stays valid.");

    public static ServiceError InvalidTag(string message) => new("InvalidTagException", 400, message);

    public static ServiceError TooManyTags(string message) => new("TooManyTagsException", 400, message);

    public static ServiceError LimitExceeded(string message) => new("LimitExceededException", 400, message);

    public static ServiceError NextToken { get; } = Validation("Next token is invalid.");
}
