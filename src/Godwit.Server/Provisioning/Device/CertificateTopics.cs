using Godwit.Server.Certificates;

namespace Godwit.Server.Provisioning.Device;

/// <summary>
/// The first half of fleet provisioning by claim: <c>$aws/certificates/create/…</c> (CreateKeysAndCertificate) and
/// <c>$aws/certificates/create-from-csr/…</c> (CreateCertificateFromCsr). The certificate waits until the device provisions itself with its token.
/// </summary>
internal sealed class CertificateTopics(ClaimedCertificates certificates) : ITopicService
{
    /// <summary>Making a key takes a core for a tenth of a second; devices that start together wait for each other.</summary>
    private readonly SemaphoreSlim _keys = new(1);

    public string Area => "certificates";

    public bool StandsAlone => true;

    public IReadOnlyList<string> RequestTopics { get; } = ["create/json", "create/cbor", "create-from-csr/json", "create-from-csr/cbor"];

    public async Task Handle(TopicRequest request, CancellationToken ct)
    {
        if (!ProvisioningReply.IsAwaited(request))
            return;
        var asked = DeviceFormat.Read(DeviceFormat.IsCbor(request.Topic), request.Payload);
        if (!asked.IsOk)
        {
            ProvisioningReply.Reject(request, asked.Error.Status, "InvalidRequest", asked.Error.Message);
            return;
        }
        if (request.Rest.StartsWith("create/", StringComparison.Ordinal))
            await Create(request, ct);
        else
            await CreateFromCsr(request, asked.Value.GetValueOrDefault("certificateSigningRequest"), ct);
    }

    private async Task Create(TopicRequest request, CancellationToken ct)
    {
        await _keys.WaitAsync(ct);
        try
        {
            var made = await certificates.Create(request.Caller, ct);
            if (made.IsOk)
                ProvisioningReply.Accept(
                    request, ("certificateId", made.Value.CertificateId), ("certificatePem", made.Value.CertificatePem), ("privateKey", made.Value.PrivateKey!),
                    ("certificateOwnershipToken", made.Value.OwnershipToken));
            else
                ProvisioningReply.Reject(request, made.Error);
        }
        finally
        {
            _keys.Release();
        }
    }

    private async Task CreateFromCsr(TopicRequest request, string? signingRequest, CancellationToken ct)
    {
        if (signingRequest is null)
        {
            ProvisioningReply.Reject(request, 400, "InvalidCertificateSigningRequest", "certificateSigningRequest is missing. Give a PKCS #10 request as PEM.");
            return;
        }
        var made = await certificates.CreateFromCsr(request.Caller, signingRequest, ct);
        if (made.IsOk)
            ProvisioningReply.Accept(
                request, ("certificateId", made.Value.CertificateId), ("certificatePem", made.Value.CertificatePem),
                ("certificateOwnershipToken", made.Value.OwnershipToken));
        else if (made.Error.Status == 400)
            ProvisioningReply.Reject(request, 400, "InvalidCertificateSigningRequest", made.Error.Message);
        else
            ProvisioningReply.Reject(request, made.Error);
    }
}
