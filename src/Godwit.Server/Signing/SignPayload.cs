using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Signing;
using Godwit.Server.Acm;
using Godwit.Server.Storage;

namespace Godwit.Server.Signing;

/// <summary>SignPayload — POST /signing-jobs/with-payload: a Notary payload becomes a JWS envelope. Kept as a job like others, so that it can be revoked.</summary>
public sealed class SignPayload(Database database, StartSigningJob start, AcmKeys keys, IRandomSource random, TimeProvider time) : IOperation<SignPayload.Request, SignPayload.Response>
{
    private const string NotaryPayload = "application/vnd.cncf.notary.payload.v1+json";

    public sealed record Request
    {
        public required string ProfileName { get; init; }

        public string? ProfileOwner { get; init; }

        public required byte[] Payload { get; init; }

        public required string PayloadFormat { get; init; }
    }

    public sealed record Response(string JobId, string JobOwner, IReadOnlyDictionary<string, string> Metadata, byte[] Signature);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (request.PayloadFormat != NotaryPayload)
            return SigningErrors.Validation($"payloadFormat {request.PayloadFormat} is not known. Use {NotaryPayload}.");
        var profile = await database.Read(session => SigningProfileStore.FindFor(session, caller, request.ProfileName, request.ProfileOwner, "signer:SignPayload"), ct);
        if (!profile.IsOk)
            return profile.Error;
        var ready = await start.Ready(profile.Value, ct);
        if (!ready.IsOk)
            return ready.Error;
        if (!ready.Value.Platform.SignsPayloads)
            return SigningErrors.Validation($"Platform {ready.Value.Platform.PlatformId} signs objects, not payloads. Use StartSigningJob, or a profile of platform Notation-OCI-SHA384-ECDSA.");
        var row = Row(caller, profile.Value, ready.Value);
        var envelope = await Envelope(row, profile.Value, ready.Value, request.Payload, ct);
        if (!envelope.IsOk)
            return envelope.Error;
        await database.Write(session =>
        {
            SigningJobStore.Insert(session, row with { CreatedAtMs = session.NowMs, CompletedAtMs = session.NowMs });
            return default(Nothing);
        }, ct);
        return new Response(row.JobId, row.Account, new Dictionary<string, string> { ["com.amazonaws.signer.signingJob"] = row.Arn }, envelope.Value);
    }

    private SigningJobRow Row(Caller caller, SigningProfileRow profile, ReadyProfile ready) => new()
    {
        Account = profile.Account,
        JobId = random.NewUuid(),
        Invoker = caller.Account,
        Region = caller.Region,
        CallerArn = caller.Arn,
        AccessKeyId = caller.AccessKeyId,
        Status = SigningJobStatus.Succeeded,
        StatusReason = "Signing Succeeded",
        ProfileName = profile.ProfileName,
        ProfileVersion = profile.ProfileVersion,
        PlatformId = profile.PlatformId,
        CertificateArn = profile.CertificateArn,
        Overrides = profile.Overrides,
        SigningParameters = profile.SigningParameters,
        Algorithm = ready.Choice.Algorithm.Name,
        SignatureExpiresAtMs = profile.ReadValidity.EndOf(time.GetUtcNow())?.ToUnixTimeMilliseconds(),
    };

    /// <summary>RFC 7515 in its flattened form, with the header members of the Notary Project's signature specification.</summary>
    private async Task<Result<byte[]>> Envelope(SigningJobRow row, SigningProfileRow profile, ReadyProfile ready, byte[] payload, CancellationToken ct)
    {
        using var certificate = ready.Certificate.Open();
        var header = new JsonObject
        {
            ["alg"] = "ES384",
            ["cty"] = NotaryPayload,
            ["crit"] = new JsonArray("io.cncf.notary.signingScheme"),
            ["io.cncf.notary.signingScheme"] = "notary.x509",
            ["io.cncf.notary.signingTime"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["com.amazonaws.signer.signingJob"] = row.Arn,
            ["com.amazonaws.signer.signingProfileVersion"] = profile.VersionArn,
        };
        var (head, body) = (Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString())), Base64Url.EncodeToString(payload));
        var der = await keys.SignHash(ready.Certificate, ready.Choice.Algorithm, SHA384.HashData(Encoding.ASCII.GetBytes($"{head}.{body}")), ct);
        return der.Map(bytes => Encoding.UTF8.GetBytes(new JsonObject
        {
            ["payload"] = body,
            ["protected"] = head,
            ["header"] = new JsonObject { ["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData)), ["io.cncf.notary.signingAgent"] = "godwit" },
            ["signature"] = Base64Url.EncodeToString(EcdsaPair.FromDer(bytes, 48)),
        }.ToJsonString()));
    }
}

/// <summary>An ECDSA signature as JWS has it: r and s, each of the curve's size.</summary>
internal static class EcdsaPair
{
    public static byte[] FromDer(byte[] der, int size)
    {
        var pair = new System.Formats.Asn1.AsnReader(der, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var both = new byte[size * 2];
        Copy(pair.ReadInteger().ToByteArray(isUnsigned: true, isBigEndian: true), both.AsSpan(0, size));
        Copy(pair.ReadInteger().ToByteArray(isUnsigned: true, isBigEndian: true), both.AsSpan(size, size));
        return both;

        static void Copy(byte[] number, Span<byte> to) => number.CopyTo(to[(to.Length - number.Length)..]);
    }
}
