using Godwit.Core;
using Godwit.Core.Provisioning;
using Godwit.Server.Certificates;
using Godwit.Server.Storage;

namespace Godwit.Server.Provisioning.Device;

/// <summary>
/// The second half of fleet provisioning: <c>$aws/provisioning-templates/{template}/provision/…</c> (RegisterThing). The ownership token names the certificate,
/// the template makes the thing, activates the certificate and attaches what it says.
/// </summary>
internal sealed class ProvisionTopics(Database database, ClaimedCertificates certificates, Provisioner provisioner, TimeProvider time) : ITopicService
{
    /// <summary>The parameter that the service itself gives: the certificate of the token.</summary>
    public const string CertificateIdParameter = "AWS::IoT::Certificate::Id";

    private const string Parameters = "parameters.";

    public string Area => "provisioning-templates";

    public bool StandsAlone => true;

    public IReadOnlyList<string> RequestTopics { get; } = ["{templateName}/provision/json", "{templateName}/provision/cbor"];

    public async Task Handle(TopicRequest request, CancellationToken ct)
    {
        if (!ProvisioningReply.IsAwaited(request))
            return;
        var read = DeviceFormat.Read(DeviceFormat.IsCbor(request.Topic), request.Payload);
        if (!read.IsOk)
        {
            ProvisioningReply.Reject(request, 400, "InvalidRequest", read.Error.Message);
            return;
        }
        if (!read.Value.TryGetValue("certificateOwnershipToken", out var token) || await certificates.Find(request.Caller, token, time.GetUtcNow(), ct) is not { } certificateId)
        {
            ProvisioningReply.Reject(request, 400, "InvalidCertificateOwnershipToken", "The certificate ownership token is missing, unknown or expired. Create a certificate first.");
            return;
        }
        var done = await Provision(request, certificateId, ParametersOf(read.Value), ct);
        if (!done.IsOk)
        {
            ProvisioningReply.Reject(request, done.Error);
            return;
        }
        await certificates.Release(request.Caller, certificateId, ct);
        ProvisioningReply.Accept(request, Answer(done.Value));
    }

    private async Task<Result<Provisioned>> Provision(TopicRequest request, string certificateId, Dictionary<string, string> parameters, CancellationToken ct)
    {
        var name = request.Rest[..request.Rest.IndexOf('/', StringComparison.Ordinal)];
        var template = await database.Read(session => ProvisioningTemplates.Find(session, request.Caller.Account, name), ct);
        if (template is not { Type: "FLEET_PROVISIONING" })
            return Errors.ResourceNotFound($"Provisioning template {name} cannot be found.");
        if (!template.Enabled)
            return Errors.AccessDenied($"Provisioning template {name} is not enabled.");
        // A device says who it is by its parameters, but not which certificate it has.
        parameters[CertificateIdParameter] = certificateId;
        var plan = ProvisioningTemplate.Read(template.Body).Then(read => read.Resolve(parameters));
        return plan.IsOk ? await provisioner.Provision(request.Caller, plan.Value, ct) : plan.Error;
    }

    private static Dictionary<string, string> ParametersOf(IReadOnlyDictionary<string, string> members) => members
        .Where(member => member.Key.StartsWith(Parameters, StringComparison.Ordinal))
        .ToDictionary(member => member.Key[Parameters.Length..], member => member.Value);

    private static IEnumerable<(string, object)> Answer(Provisioned made)
    {
        yield return ("deviceConfiguration", made.DeviceConfiguration);
        if (made.ThingName is { } thing)
            yield return ("thingName", thing);
    }
}
