using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Certificates;

/// <summary>GetRegistrationCode — GET /registrationcode. The account's code, made when it is first asked for; the same until it is deleted.</summary>
public sealed class GetRegistrationCode(Database database, IRandomSource random) : IOperation<GetRegistrationCode.Request, GetRegistrationCode.Response>
{
    private const int Digits = 64;

    public sealed record Request;

    public sealed record Response(string RegistrationCode);

    public async Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct)
    {
        if (await database.Read(session => Find(session, caller.Account), ct) is { } kept)
            return new Response(kept);
        var code = random.NewText(Digits, "0123456789abcdef");
        return new Response(await database.Write(session => Find(session, caller.Account) ?? Keep(session, caller, code), ct));
    }

    internal static string? Find(ReadSession session, string account) =>
        session.First<string>("SELECT code FROM registration_code WHERE account = @account", new { account });

    private static string Keep(WriteSession session, Caller caller, string code)
    {
        session.Execute(
            "INSERT INTO registration_code (account, code, created_at_ms) VALUES (@Account, @code, @NowMs)", new { caller.Account, code, session.NowMs });
        session.Record(new Fact(caller.Account, caller.Arn, nameof(GetRegistrationCode), "registrationcode", null, "MADE"));
        return code;
    }
}
