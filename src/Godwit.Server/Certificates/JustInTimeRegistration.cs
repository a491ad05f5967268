using System.Buffers;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Placement;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>
/// AWS: just-in-time registration. A certificate that nobody registered, but that a registered CA signed, becomes known by its device's first CONNECT:
/// it waits as PENDING_ACTIVATION, an event says so, and somebody activates it. A stranger's costs one read, and one write is all that a device's costs.
/// </summary>
public sealed class JustInTimeRegistration(Database database, IDeviceLink link, IRandomSource random, TimeProvider time)
{
    /// <summary>Registers the certificate of a CONNECT where its CA allows it. The connection is refused in any case; answers why, for the log.</summary>
    /// <param name="certificate">Not registered, valid now, and its key was proven by the handshake.</param>
    public async Task<JustInTimeOutcome> Register(X509Certificate2 certificate, CancellationToken ct)
    {
        var id = CertificateStore.IdOf(certificate);
        var signer = await database.Read(session => CaCertificateStore.SignerOf(session, certificate), ct);
        if (signer is null || signer.CertificateId == id)
            return new($"its certificate {id} is not registered", null);
        if (Refuse(signer, certificate) is { } why)
            return new($"its certificate {id} is not registered, and {why}", null);
        var kept = await database.Change(session => Keep(session, signer, certificate), ct);
        if (!kept.IsOk)
            return new($"its certificate {id} was not registered: {kept.Error.Message}", null);
        var template = signer is { TemplateBody: null, TemplateName: null } ? null : new JustInTimeTemplate(CallerOf(signer), id, signer.TemplateBody, signer.TemplateName);
        return new($"its certificate {id}, signed by CA {signer.CertificateId}, has been registered as {CertificateStatus.PendingActivation}: activate it with UpdateCertificate", template);
    }

    private string? Refuse(CaCertificateRow signer, X509Certificate2 certificate) =>
        IsClosed(signer) ? $"its CA {signer.CertificateId} is {signer.State}"
        : time.GetUtcNow().ToUnixTimeMilliseconds() is var now && (now < signer.NotBeforeMs || now > signer.NotAfterMs) ? $"its CA {signer.CertificateId} is not valid now"
        : PublicKeys.Refuse(certificate.PublicKey);

    private static bool IsClosed(CaCertificateRow signer) => signer.Status != CertificateStatus.Active || signer.AutoRegistration != CaCertificateStore.Enabled;

    private Result<Nothing> Keep(WriteSession session, CaCertificateRow signer, X509Certificate2 certificate)
    {
        // What was read may be old: a CA that has been closed meanwhile registers nothing.
        if (CaCertificateStore.Find(session, signer.Account, signer.CertificateId) is not { } now || IsClosed(now))
            return CaCertificateErrors.NotFound(signer.CertificateId);
        var caller = CallerOf(signer);
        var row = CertificateStore.RowOf(
            caller, certificate, CertificateStatus.PendingActivation, signer.Mode, signer.CertificateId, random.NewUuid());
        var kept = CertificateStore.Insert(session, caller, nameof(JustInTimeRegistration), row);
        if (kept.IsOk)
            Tell(session, row);
        return kept;
    }

    private static Caller CallerOf(CaCertificateRow signer) =>
        new(signer.Account, signer.Region, Arn.Iot(signer.Region, signer.Account, CaCertificateStore.Resource(signer.CertificateId)).ToString(), "");

    /// <summary>AWS publishes this event whether or not events are configured.</summary>
    private void Tell(WriteSession session, CertificateRow row)
    {
        var payload = Payload(row, session.NowMs);
        session.AfterCommit(() => link.Publish(row.Account, $"$aws/events/certificates/registered/{row.CaCertificateId}", payload, qos: 1));
    }

    private static byte[] Payload(CertificateRow row, long nowMs)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("certificateId", row.CertificateId);
            writer.WriteString("caCertificateId", row.CaCertificateId);
            // AWS: milliseconds here, once as a number and once as text.
            writer.WriteNumber("timestamp", nowMs);
            writer.WriteString("certificateStatus", row.Status);
            writer.WriteString("awsAccountId", row.Account);
            writer.WriteString("certificateRegistrationTimestamp", nowMs.ToString(CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>What came of a first CONNECT.</summary>
/// <param name="Why">Why the connection is refused all the same, for the log.</param>
/// <param name="Template">What is to be made of the new certificate now, where its CA has a template.</param>
public sealed record JustInTimeOutcome(string Why, JustInTimeTemplate? Template);

/// <summary>A certificate that a CA's template provisions: by its body, or by its name.</summary>
public sealed record JustInTimeTemplate(Caller Caller, string CertificateId, string? Body, string? Name);
