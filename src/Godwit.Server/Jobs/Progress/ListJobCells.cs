using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs.Progress;

/// <summary>
/// ListJobCells — GET /godwit/jobs/{jobId}/cells: one character for each thing of a job, by name, up to a hundred thousand. <c>.</c> the rollout has not come to it,
/// <c>q</c> queued, <c>i</c> in progress, <c>t</c> testing its new image, <c>s</c> succeeded, <c>f</c> failed, <c>j</c> rejected, <c>o</c> timed out, <c>c</c> canceled,
/// <c>r</c> removed. With <c>?at=N</c> the name of the thing at a place.
/// </summary>
public sealed class ListJobCells : IOperation<ListJobCells.Request, ListJobCells.Response>
{
    private readonly Database _database;
    private readonly JobPictures _pictures;

    internal ListJobCells(Database database, JobPictures pictures) => (_database, _pictures) = (database, pictures);

    /// <param name="At">The place, from 0, whose thing is asked for; null for all cells.</param>
    public sealed record Request(string JobId, int? At);

    public sealed record Response(string JobId, long Seq, string? Cells, string? ThingName);

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        _database.Read(session => List(session, caller.Account, request), ct);

    private Result<Response> List(ReadSession session, string account, Request request)
    {
        if (JobStore.Find(session, account, request.JobId) is not { } job)
            return JobErrors.NotFound(request.JobId);
        var progress = JobStore.Progress(session, job.JobKey);
        var picture = _pictures.Of(session, job, progress.ToCounts().All + progress.Pending) ?? JobPicture.None;
        if (request.At is not { } at)
            return new Response(job.JobId, picture.Seq, picture.Cells, null);
        return at >= 0 && at < picture.Things.Count
            ? new Response(job.JobId, picture.Seq, null, picture.Things[at])
            : Errors.InvalidRequest($"at is {at} and the job has cells from 0 to {picture.Things.Count - 1}.");
    }
}
