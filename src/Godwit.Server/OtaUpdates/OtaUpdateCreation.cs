using Godwit.Core;
using Godwit.Core.Planning;
using Godwit.Server.Jobs;
using Godwit.Server.Objects;
using Godwit.Server.Storage;
using Godwit.Server.Streams;

namespace Godwit.Server.OtaUpdates;

/// <summary>
/// The creation of an OTA update, one recorded step at a time: sign and store the images where Signer signs, check the objects, make the stream, write the job document, make the job.
/// Each result is stored before the next step, and every id is chosen before it is used, so a step that ran but was not recorded finds its own work when it runs again.
/// </summary>
public sealed class OtaUpdateCreation(
    Database database, OtaUpdateRole role, OtaUpdateSigning signing, PreflightOtaUpdate preflight, ObjectReader objects, StreamCatalog streams, CreateStream createStream, CreateJob createJob, DescribeJob describeJob, GetJobDocument getJobDocument)
{
    /// <summary>Called around each step; a test that ends the process here throws.</summary>
    internal Action<string, OtaUpdateRow>? Seam { get; set; }

    /// <summary>Takes the row's next step and records what came of it; false if the row had been moved by someone else.</summary>
    internal async Task<bool> Take(OtaUpdateRow row, CancellationToken ct)
    {
        Seam?.Invoke($"before {row.Step}", row);
        var taken = row.Step switch
        {
            OtaUpdateStep.Sign => role.Refuse(row, row.ReadRequest()) is { } forbidden ? forbidden : await signing.Start(row, ct),
            OtaUpdateStep.AwaitSigning => await signing.Await(row, ct),
            OtaUpdateStep.StoreImage => await signing.StoreImages(row, ct),
            OtaUpdateStep.CheckObjects => await CheckObjects(row, ct),
            OtaUpdateStep.CreateStream => await CreateStream(row, ct),
            OtaUpdateStep.WriteJobDocument => await WriteJobDocument(row, ct),
            OtaUpdateStep.CreateJob => await CreateJob(row, ct),
            _ => throw new InvalidOperationException($"OTA update {row.OtaUpdateId} has the unknown step {row.Step}."),
        };
        Seam?.Invoke($"after {row.Step}", row);
        // AWS's clean-up after a failure is not documented; a stream that was made stays, and goes with deleteStream.
        var next = taken.IsOk ? taken.Value : row.Failed(OtaUpdateStatus.CreateFailed, taken.Error);
        return await database.Write(session => OtaUpdateStore.Move(session, row, next, row.CallerArn, $"CreateOTAUpdate/{row.Step}"), ct);
    }

    private async Task<Result<OtaUpdateRow>> CheckObjects(OtaUpdateRow row, CancellationToken ct)
    {
        if (role.Refuse(row, row.ReadRequest()) is { } forbidden)
            return forbidden;
        var sizes = await FindSizes(row, row.ReadRequest(), ct);
        if (sizes.IsOk && OtaUpdateExtensions.EnforcesPreflight(row.ReadRequest()) && await Found(row, ct) is { } found)
            return found;
        return sizes.Map(_ => row with
        {
            Status = OtaUpdateStatus.CreateInProgress,
            Step = row.StreamId is null ? OtaUpdateStep.WriteJobDocument : OtaUpdateStep.CreateStream,
        });
    }

    /// <summary>What a preflight that is enforced holds against the update: errors and warnings, all at once.</summary>
    private async Task<ServiceError?> Found(OtaUpdateRow row, CancellationToken ct)
    {
        var findings = (await preflight.Check(row, ct)).Where(finding => finding.Severity != FindingSeverity.Info).ToList();
        return findings.Count == 0 ? null : Errors.InvalidRequest(
            $"godwit:preflight=enforce: {string.Join(" ", findings.Select(finding => $"{finding.Field}: {finding.Cause} {finding.Remedy}"))}");
    }

    private async Task<Result<OtaUpdateRow>> CreateStream(OtaUpdateRow row, CancellationToken ct)
    {
        var request = row.ReadRequest();
        var made = await createStream.Handle(row.Caller, new CreateStream.Request
        {
            StreamId = row.StreamId!,
            Description = $"Stream for OTAUpdate {row.OtaUpdateId}",
            Files = [.. request.Files.Select((file, index) => new StreamFileLocation(index, row.LocationOf(request, index)))],
            RoleArn = request.RoleArn,
        }, ct);
        // The id is random and was stored first: a stream of this name is the one that this step made before it was cut off.
        return made.IsOk || made.Error.Status == 409 ? row with { Step = OtaUpdateStep.WriteJobDocument } : made.Error;
    }

    private async Task<Result<OtaUpdateRow>> WriteJobDocument(OtaUpdateRow row, CancellationToken ct)
    {
        var request = row.ReadRequest();
        var located = await FindSizes(row, request, ct);
        return located.Then<OtaUpdateRow>(files =>
        {
            var document = OtaUpdateRules.JobDocument(request, row.StreamId, row.Region, files, row.ReadSigning);
            return document.Length > JobDocumentLengthMax
                ? Errors.InvalidRequest($"The job document would have {document.Length} characters; {JobDocumentLengthMax} are allowed. Use fewer files or shorter names.")
                : row with { JobDocument = document, Step = OtaUpdateStep.CreateJob };
        });
    }

    private async Task<Result<OtaUpdateRow>> CreateJob(OtaUpdateRow row, CancellationToken ct)
    {
        var request = OtaUpdateExtensions.Apply(row.ReadRequest(), OtaUpdateRules.JobRequest(row.ReadRequest(), row.JobDocument!));
        var made = await createJob.Handle(row.Caller, request, ct);
        var complete = row with { Status = OtaUpdateStatus.CreateComplete, Step = null, JobId = request.JobId };
        if (made.IsOk)
            return complete;
        if (made.Error.Status != 409)
            return made.Error;
        return await IsOurs(row, request, ct) ? complete : OtaUpdateErrors.JobTaken(request.JobId, row.Caller.IotArn($"job/{request.JobId}"));
    }

    /// <summary>AFR_OTA- is not a reserved prefix: a job of this name is ours only if it says exactly what ours would.</summary>
    private async Task<bool> IsOurs(OtaUpdateRow row, CreateJob.Request wanted, CancellationToken ct)
    {
        var document = await getJobDocument.Handle(row.Caller, new GetJobDocument.Request { JobId = wanted.JobId }, ct);
        var job = await describeJob.Handle(row.Caller, new DescribeJob.Request { JobId = wanted.JobId }, ct);
        return document.IsOk && job.IsOk && document.Value.Document == wanted.Document && job.Value.Job.Description == wanted.Description;
    }

    /// <summary>Where each file lies and how long it is: by the stream that delivers it if there is one already, else by its object.</summary>
    private async Task<Result<IReadOnlyList<LocatedFile>>> FindSizes(OtaUpdateRow row, CreateOtaUpdate.Request request, CancellationToken ct)
    {
        var found = new List<LocatedFile>(request.Files.Count);
        for (var i = 0; i < request.Files.Count; i++)
        {
            var file = request.Files[i].FileLocation?.Stream is { } stream
                ? await FindInStream(row.Account, stream.StreamId!, stream.FileId!.Value, ct)
                : row.StreamId is not null && row.Step == OtaUpdateStep.WriteJobDocument
                    ? await FindInStream(row.Account, row.StreamId, i, ct)
                    : await FindObject(row.Account, row.LocationOf(request, i)!, i, ct);
            if (!file.IsOk)
                return file.Error;
            if (file.Value.SizeBytes > uint.MaxValue)
                return Errors.InvalidRequest($"files[{i}] has {file.Value.SizeBytes} bytes; devices count a file's size in 32 bits, so {uint.MaxValue} is the most.");
            found.Add(file.Value);
        }
        return found;
    }

    private async Task<Result<LocatedFile>> FindObject(string account, S3Location location, int fileId, CancellationToken ct)
    {
        var found = await objects.Find(account, location.Bucket!, location.Key!, location.Version, ct);
        return found.IsOk
            ? new LocatedFile(fileId, location, found.Value.SizeBytes)
            : StreamErrors.NotAccessible(location.Bucket!, location.Key!, location.Version, found.Error);
    }

    private async Task<Result<LocatedFile>> FindInStream(string account, string streamId, int fileId, CancellationToken ct)
    {
        var found = await streams.Find(account, streamId, ct);
        return found.Then<LocatedFile>(stream => stream.File(fileId) is { } file
            ? new LocatedFile(fileId, new S3Location(file.Bucket, file.Key, file.Version), file.Size)
            : OtaUpdateErrors.StreamGone(streamId, fileId));
    }

    /// <summary>AWS: API reference > CreateJob, document.</summary>
    private const int JobDocumentLengthMax = 32768;
}

/// <summary>A file of the update, found: its number in the stream or in the request, its object, its length.</summary>
internal sealed record LocatedFile(int FileId, S3Location Location, long SizeBytes);
