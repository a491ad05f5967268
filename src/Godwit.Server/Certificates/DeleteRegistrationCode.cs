using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>DeleteRegistrationCode — DELETE /registrationcode. What was signed with it proves nothing any more; CAs that are registered stay so.</summary>
public sealed class DeleteRegistrationCode(Database database) : IOperation<DeleteRegistrationCode.Request, Nothing>
{
    public sealed record Request;

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) => database.Change<Nothing>(session =>
    {
        if (session.Execute("DELETE FROM registration_code WHERE account = @Account", new { caller.Account }) == 0)
            return CaCertificateErrors.NoCode();
        session.Record(new Fact(caller.Account, caller.Arn, nameof(DeleteRegistrationCode), "registrationcode", "MADE", null));
        return default(Nothing);
    }, ct);
}
