using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Jobs.Templates;
using Godwit.Server.Storage;

namespace Godwit.Server.Jobs;

/// <summary>GetJobDocument — GET /jobs/{jobId}/job-document: the document as it was given; placeholders stay, since filling them needs a device.</summary>
public sealed class GetJobDocument(Database database) : IOperation<GetJobDocument.Request, GetJobDocument.Response>
{
    public sealed record Request
    {
        public required string JobId { get; init; }

        public bool? BeforeSubstitution { get; init; }
    }

    public sealed record Response
    {
        public required string Document { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) => database.Read<Result<Response>>(
        session => session.First<string>("SELECT document FROM job WHERE account = @Account AND job_id = @JobId", new { caller.Account, request.JobId }) is { } document
            ? new Response { Document = request.BeforeSubstitution == true ? Template(session, caller, request.JobId)?.Document ?? document : document }
            : JobErrors.NotFound(request.JobId),
        ct);

    /// <summary>Only the documents of managed templates have parameters that are filled in at creation.</summary>
    private static ManagedJobTemplate? Template(ReadSession session, Caller caller, string jobId) =>
        JobStore.Find(session, caller.Account, jobId) is { DocumentParameters: not null, JobTemplateArn: { } text } && Arn.Parse(text) is { } arn ? ManagedJobTemplates.Find(arn) : null;
}
