namespace Godwit.Server.Http.Binding;

/// <summary>An operation of a service model.</summary>
/// <param name="Service">The service that serves it: <c>iot</c> for both of its models.</param>
/// <param name="UriTemplate">For example <c>/jobs/{jobId}/cancel</c>.</param>
/// <param name="Output">Null where the answer has no body at all.</param>
/// <param name="Errors">The exceptions that it may answer.</param>
public sealed record OperationModel(
    string Service, string Name, string Method, string UriTemplate, Shape? Input, Shape? Output, IReadOnlyList<string> Errors)
{
    /// <summary>
    /// The exception for a request that breaks a constraint: the one of the two that the operation declares. Some operations declare neither
    /// and answer their service's usual one all the same.
    /// </summary>
    public string ConstraintException =>
        Errors.Contains("InvalidRequestException") ? "InvalidRequestException"
        : Errors.Contains("ValidationException") || Service is "signer" or "acm" ? "ValidationException"
        : "InvalidRequestException";

    /// <summary>The member that is the whole body, if any.</summary>
    public ShapeMember? RawBody => Input?.Members.FirstOrDefault(member => member.Location == MemberLocation.RawBody);
}
