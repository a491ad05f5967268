using Godwit.Core;
using Godwit.Server.Http.Binding;

namespace Godwit.Server.Http;

/// <summary>Operations of the models that Godwit does not have and will not have: each with an exception of its own list, and what to do instead.</summary>
public static class RefusedOperations
{
    private const string Shadows = "Godwit keeps no device shadows. Let devices report in the statusDetails of their jobs, or keep what you would keep in attributes of the thing.";

    private static readonly Dictionary<(string Service, string Name), (string Exception, int Status, string Why)> All = new()
    {
        [("iot-data", "GetThingShadow")] = ("MethodNotAllowedException", 405, Shadows),
        [("iot-data", "UpdateThingShadow")] = ("MethodNotAllowedException", 405, Shadows),
        [("iot-data", "DeleteThingShadow")] = ("MethodNotAllowedException", 405, Shadows),
        [("iot-data", "ListNamedShadowsForThing")] = ("MethodNotAllowedException", 405, Shadows),
        [("acm", "RequestCertificate")] = (
            "InvalidParameterException", 400,
            "it is no public certificate authority. Make a certificate (openssl, your own CA) and use ImportCertificate; for code signing, PutSigningProfile without signingMaterial makes key and certificate."),
        [("iot", "CreateProvisioningClaim")] = (
            "InvalidRequestException", 400,
            "Godwit makes no certificates that end by themselves. Make a claim certificate with CreateKeysAndCertificate, and a policy that allows no more than provisioning."),
    };

    /// <summary>Why an operation is refused, or null for one that is not.</summary>
    public static string? WhyNot(string service, string operation) => All.TryGetValue((service, operation), out var refused) ? refused.Why : null;

    /// <summary>The refusal of an operation that is not served.</summary>
    public static ServiceError Of(OperationModel operation) => All.TryGetValue((operation.Service, operation.Name), out var refused)
        ? new ServiceError(refused.Exception, refused.Status, $"{operation.Name} is not part of Godwit: {refused.Why}")
        : new ServiceError(operation.ConstraintException, 400, $"{operation.Name} is not served by Godwit yet. docs/compatibility.md lists the operations that are.");
}
