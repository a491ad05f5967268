using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;
using Godwit.Server.Tags;

namespace Godwit.Server.Jobs.Templates;

/// <summary>DeleteJobTemplate — DELETE /job-templates/{jobTemplateId}. Jobs that were made of it stay as they are.</summary>
public sealed class DeleteJobTemplate(Database database) : IOperation<DeleteJobTemplate.Request, Nothing>
{
    public sealed record Request
    {
        public required string JobTemplateId { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Delete(session, caller, request.JobTemplateId), ct);

    private static Result<Nothing> Delete(WriteSession session, Caller caller, string templateId)
    {
        var deleted = session.Execute("DELETE FROM job_template WHERE account = @Account AND template_id = @templateId", new { caller.Account, templateId });
        if (deleted == 0)
            return JobTemplateRow.NotFound(templateId);
        ResourceTags.Clear(session, caller.Account, "jobtemplate/" + templateId);
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteJobTemplate), "jobtemplate/" + templateId, "ACTIVE", null));
        return default(Nothing);
    }
}
