using Godwit.Core;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Access.Users;

/// <summary>
/// People whom a provider has signed in. Who someone is, is the provider's subject and never a name, which others could take; the user appears with the first
/// sign-in, and the role is the provider's word at each.
/// </summary>
public sealed class ProviderSignIns(Database database, SignIns signIns, ServerOptions options)
{
    /// <summary>A token for a new session, or why there is none.</summary>
    public async Task<Result<string>> Open(ProviderUser who, CancellationToken ct)
    {
        if (UserRules.Name(who.UserName) is not null)
            return Errors.AccessDenied($"The provider names you '{Short(who.UserName)}', and names here have 1 to 64 letters, digits or any of . _ @ + -. An admin can take another claim for the name by --oidc-user-claim.");
        var token = signIns.NewToken();
        return await database.Change<string>(
            session =>
            {
                var user = Keep(session, options.DefaultAccount, who);
                if (!user.IsOk)
                    return user.Error;
                SignIns.Insert(session, user.Value, token);
                return token;
            },
            ct);
    }

    private static Result<UserRow> Keep(WriteSession session, string account, ProviderUser who)
    {
        if (UserStore.OfSubject(session, account, who.Id) is { } known)
        {
            if (known.Role == who.Role.Wire())
                return known;
            session.Execute("UPDATE console_user SET role = @role WHERE account = @account AND user_name = @UserName", new { account, known.UserName, role = who.Role.Wire() });
            Record(session, nameof(UpdateUser), account, known.UserName, known.Role, who);
            return known with { Role = who.Role.Wire() };
        }
        if (UserStore.Find(session, account, who.UserName) is not null)
            return Errors.AccessDenied($"Another user is named {who.UserName} already, and a name alone proves nothing. An admin can delete that user, and then you can sign in.");
        if (UserStore.List(session, account).Count >= CreateUser.UsersMax)
            return Errors.LimitExceeded($"An account has at most {CreateUser.UsersMax} users. An admin can delete those who left.");
        UserStore.Insert(session, account, who.UserName, who.Role, "", who.Id);
        Record(session, nameof(CreateUser), account, who.UserName, null, who);
        return UserStore.Find(session, account, who.UserName)!;
    }

    private static void Record(WriteSession session, string kind, string account, string name, string? before, ProviderUser who) => session.Record(
        new Fact(account, UserRules.Arn(account, name), kind, "user/" + name, before, who.Role.Wire(), "signed in by " + who.Issuer));

    private static string Short(string name) => name.Length <= 100 ? name : name[..100] + "…";
}

/// <summary>Someone as a provider tells of him.</summary>
/// <param name="Subject">What the provider never gives to anybody else.</param>
public sealed record ProviderUser(string Issuer, string Subject, string UserName, UserRole Role)
{
    /// <summary>Neither part can hold a space: an issuer is a URL, and the split is at the first.</summary>
    public string Id => $"{Issuer} {Subject}";
}
