using System.Security.Cryptography;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.OtaUpdates;
using Godwit.Core.Planning;
using Godwit.Core.Signing;
using Godwit.Core.Streams;
using Godwit.Server.Objects;
using Godwit.Server.Objects.Bytes;
using Godwit.Server.Signing;
using Godwit.Server.Storage;
using Godwit.Server.Streams;
using Godwit.Server.Things;

namespace Godwit.Server.OtaUpdates;

/// <summary>PreflightOtaUpdate — GET /godwit/ota-updates/{otaUpdateId}/preflight: looks at an update as it is now, and says what would go wrong on devices.</summary>
public sealed class PreflightOtaUpdate(
    Database database, OtaUpdateRole role, ObjectReader objects, StreamCatalog streams, ImageDigest digest, SigningJobs signing, PresignedUrls urls, TimeProvider time)
{
    public sealed record Response(string OtaUpdateId, string OtaUpdateStatus, DateTimeOffset CheckedAt, bool Passes, IReadOnlyList<FindingView> Findings);

    public sealed record FindingView(string Severity, string Field, string Cause, string Remedy);

    public async Task<Result<Response>> Handle(Caller caller, string otaUpdateId, CancellationToken ct)
    {
        var row = await database.Read(session => OtaUpdateStore.Find(session, caller.Account, otaUpdateId), ct);
        if (row is null)
            return OtaUpdateErrors.NotFound(otaUpdateId);
        var findings = await Check(row, ct);
        return new Response(
            row.OtaUpdateId, row.Status, time.GetUtcNow(), findings.All(finding => finding.Severity != FindingSeverity.Error),
            [.. findings.Select(finding => new FindingView(finding.Severity.ToString().ToLowerInvariant(), finding.Field, finding.Cause, finding.Remedy))]);
    }

    /// <summary>What is found of an update that Signer has already signed, if it is to.</summary>
    internal async Task<IReadOnlyList<Finding>> Check(OtaUpdateRow row, CancellationToken ct)
    {
        var request = row.ReadRequest();
        var files = new List<PreflightFile>(request.Files.Count);
        for (var i = 0; i < request.Files.Count; i++)
            files.Add(await Look(row, request, i, ct));
        var things = await database.Read(session => Things(session, row.Account, request.Targets), ct);
        var protocols = OtaUpdateRules.Protocols(request);
        return UpdatePreflight.Check(new PreflightFacts(
            files, protocols.Contains(OtaJobDocument.Mqtt), row.JobDocument?.Length ?? await DocumentLength(row, request, ct), things, request.TargetSelection == "CONTINUOUS", time.GetUtcNow())
        {
            TimeoutMinutes = request.AwsJobTimeoutConfig?.InProgressTimeoutInMinutes,
            RoleArn = request.RoleArn,
            RoleLacks = [.. role.Missing(row, request)],
        });
    }

    /// <summary>Of the document that the job would get; 0 where an image is not there to be named in it. A signature that is still to be made is not counted.</summary>
    private async Task<int> DocumentLength(OtaUpdateRow row, CreateOtaUpdate.Request request, CancellationToken ct)
    {
        var located = new List<LocatedFile>(request.Files.Count);
        for (var i = 0; i < request.Files.Count; i++)
        {
            var image = await FindImage(row, request, i, row.ReadSigning.ElementAtOrDefault(i), ct);
            if (!image.IsOk)
                return 0;
            var (facts, version) = image.Value;
            located.Add(new LocatedFile(i, new S3Location(facts.Bucket, facts.Key, version), facts.SizeBytes));
        }
        return OtaUpdateRules.JobDocument(request, row.StreamId, row.Region, located, row.ReadSigning).Length;
    }

    /// <summary>What would be found of an update that has not been sent: as <see cref="Check"/>, with what Signer would say.</summary>
    internal Task<IReadOnlyList<Finding>> Ahead(Caller caller, CreateOtaUpdate.Request request, CancellationToken ct) => Check(new OtaUpdateRow
    {
        Account = caller.Account, Region = caller.Region, CallerArn = caller.Arn, AccessKeyId = caller.AccessKeyId, OtaUpdateId = request.OtaUpdateId, Request = OtaUpdateJson.Write(request),
        // As long as the id that would be drawn for it.
        StreamId = OtaUpdateRules.MakesStream(request) ? StreamInfo.OtaStreamId(Guid.Empty) : null,
    }, ct);

    /// <summary>What the request alone tells, where nobody can look at objects.</summary>
    internal static IReadOnlyList<Finding> OfRequest(CreateOtaUpdate.Request request, DateTimeOffset now) => UpdatePreflight.Check(new PreflightFacts(
        [.. request.Files.Select(OfRequest)], OtaUpdateRules.Protocols(request).Contains(OtaJobDocument.Mqtt), 0, 1, request.TargetSelection == "CONTINUOUS", now));

    private static PreflightFile OfRequest(OtaUpdateFile file)
    {
        var (signature, chain) = (OtaUpdateRules.Signature(file), file.CodeSigning?.CustomCodeSigning?.CertificateChain);
        var byJob = file.CodeSigning?.CustomCodeSigning is null && file.CodeSigning is not null;
        return new PreflightFile(
            null, null, signature, signature is null ? null : SignatureCheck.OfText(signature.Text), chain?.InlineDocument is { } pem ? CertificateFacts.Read(pem) : null,
            byJob || chain?.CertificateName is { Length: > 0 }, file.FileLocation?.S3Location is not { Version: null }, null) { IsToBeSigned = byJob };
    }

    /// <summary>One file of an update, with its signature verified as far as its certificate is known.</summary>
    internal async Task<PreflightFile> Look(OtaUpdateRow row, CreateOtaUpdate.Request request, int index, CancellationToken ct)
    {
        if (row.Signing is null && request.Files[index].CodeSigning?.StartSigningJobParameter is { SigningProfileName: not null } start)
            return await LookAhead(row, request, index, start, ct);
        var before = await Signed(row, request.Files[index], index, ct);
        if (!before.IsOk)
            return new PreflightFile(null, null, null, null, null, true, true, null) { SignerRefuses = before.Error.Message };
        var (file, signed) = (request.Files[index], before.Value);
        if (signed is { Signature: null })
            return new PreflightFile(null, null, null, null, null, true, true, null) { IsToBeSigned = true };
        var signature = signed?.Signature ?? OtaUpdateRules.Signature(file);
        var hasCertFile = (signed?.CertFile ?? file.CodeSigning?.CustomCodeSigning?.CertificateChain?.CertificateName) is { Length: > 0 };
        var image = await FindImage(row, request, index, signed, ct);
        if (!image.IsOk)
            return new PreflightFile(null, image.Error.Message, signature, null, null, hasCertFile, true, null);
        var (facts, version) = image.Value;
        var pem = await CertificateOf(row, file, signed, ct);
        var url = UrlLength(row, request, facts.Bucket, facts.Key, version);
        return new PreflightFile(
            facts.SizeBytes, null, signature, signature is null ? null : await Verify(signature, facts, pem, ct), pem is null ? null : CertificateFacts.Read(pem), hasCertFile, version is not null, url);
    }

    /// <summary>A file that Signer is still to sign: the image, and whether profile, certificate and platform would.</summary>
    private async Task<PreflightFile> LookAhead(OtaUpdateRow row, CreateOtaUpdate.Request request, int index, StartSigningJobParameter start, CancellationToken ct)
    {
        var image = await FindImage(row, request, index, null, ct);
        if (!image.IsOk)
            return new PreflightFile(null, image.Error.Message, null, null, null, true, true, null);
        var planned = await signing.Planned(row.Caller, OtaUpdateSigning.ProfileOf(start), ct);
        var refused = !planned.IsOk ? planned.Error.Message
            : image.Value.Facts.SizeBytes > planned.Value.BytesMax ? $"The image has {image.Value.Facts.SizeBytes} bytes and the platform signs up to {planned.Value.BytesMax}." : null;
        var destination = start.Destination?.S3Destination;
        return new PreflightFile(
            image.Value.Facts.SizeBytes, null, null, null, refused is null && planned.Value.CertificatePem is { } pem ? CertificateFacts.Read(pem) : null,
            refused is not null || planned.Value.CertName is not null, true,
            UrlLength(row, request, destination?.Bucket ?? image.Value.Facts.Bucket, destination?.Prefix + Guid.Empty, image.Value.Facts.VersionId)) { IsToBeSigned = true, SignerRefuses = refused };
    }

    /// <summary>What Signer made of a file: as it was recorded, or, for an update that is only planned, what the named job has made.</summary>
    private async Task<Result<OtaSignedFile?>> Signed(OtaUpdateRow row, OtaUpdateFile file, int index, CancellationToken ct)
    {
        if (row.Signing is not null || file.CodeSigning?.AwsSignerJobId is not { } jobId)
            return row.ReadSigning.ElementAtOrDefault(index);
        var job = await signing.Known(row.Account, jobId, ct);
        if (!job.IsOk)
            return job.Error;
        if (job.Value is not { } ended)
            return new OtaSignedFile(jobId);
        if (OtaUpdateSigning.Refuse(index, ended) is { } refused)
            return refused;
        return OtaUpdateSigning.Made(new OtaSignedFile(jobId), file, ended);
    }

    private int? UrlLength(OtaUpdateRow row, CreateOtaUpdate.Request request, string bucket, string key, string? version) =>
        OtaUpdateRules.PresignSeconds(request) is { } seconds && OtaUpdateRules.Protocols(request).Contains(OtaJobDocument.Http)
            ? urls.ForGet(row.Account, row.Region, bucket, key, version, TimeSpan.FromSeconds(seconds)).Length
            : null;

    private async Task<Result<(ObjectFacts Facts, string? Version)>> FindImage(OtaUpdateRow row, CreateOtaUpdate.Request request, int index, OtaSignedFile? signed, CancellationToken ct)
    {
        var location = row.LocationOf(request, index);
        if (request.Files[index].FileLocation?.Stream is { } asked)
        {
            var stream = await streams.Find(row.Account, asked.StreamId!, ct);
            if (!stream.IsOk)
                return stream.Error;
            if (stream.Value.File(asked.FileId!.Value) is not { } found)
                return OtaUpdateErrors.StreamGone(asked.StreamId!, asked.FileId.Value);
            location = new S3Location(found.Bucket, found.Key, found.Version);
        }
        // Before Signer has signed, what will be signed is what there is.
        location ??= signed?.Source;
        if (location is null)
            return Errors.ResourceNotFound("The signing job has not been looked up yet.");
        var image = await objects.Find(row.Account, location.Bucket!, location.Key!, location.Version, ct);
        return image.IsOk ? (image.Value, location.Version) : StreamErrors.NotAccessible(location.Bucket!, location.Key!, location.Version, image.Error);
    }

    /// <summary>The signer's certificate in PEM, as far as the service has it.</summary>
    private async Task<string?> CertificateOf(OtaUpdateRow row, OtaUpdateFile file, OtaSignedFile? signed, CancellationToken ct)
    {
        if (signed is null)
            return file.CodeSigning?.CustomCodeSigning?.CertificateChain?.InlineDocument is { } inline && inline.Contains("-----BEGIN CERTIFICATE", StringComparison.Ordinal) ? inline : null;
        var job = await signing.Ended(row.Account, signed.JobId, ct);
        return job.IsOk ? (await signing.Certificate(row.Account, job.Value.CertificateArn, ct))?.CertificatePem : null;
    }

    private async Task<SignatureVerdict?> Verify(OtaFileSignature signature, ObjectFacts image, string? pem, CancellationToken ct)
    {
        // sig-sha256-ecdsa; a hash that is written in another way is a finding of its own and cannot be computed.
        var parts = signature.Key.ToUpperInvariant().Split('-');
        if (parts is not ["SIG", var hash, var encryption] || CodeSigningAlgorithm.Parse($"{hash}with{encryption}") is not { } algorithm)
            return null;
        try
        {
            return SignatureCheck.Verify(algorithm, signature.Text, await digest.Of(image, new HashAlgorithmName(hash), ct), pem);
        }
        catch (DamagedBytesException)
        {
            return SignatureVerdict.DoesNotVerify;
        }
    }

    private static long Things(ReadSession session, string account, IReadOnlyList<string> targets)
    {
        foreach (var target in targets)
        {
            var arn = Arn.Parse(target)!;
            if (arn.ResourceType == "thing" ? Membership.Exists(session, account, arn) : session.First<long>($"SELECT COUNT(*) FROM ({Membership.ThingsOfGroupSql}) t", new { account, group = arn.ResourceName }) > 0)
                return 1;
        }
        return 0;
    }
}
