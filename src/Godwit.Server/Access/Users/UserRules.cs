using System.Text.RegularExpressions;
using Godwit.Core;

namespace Godwit.Server.Access.Users;

/// <summary>What a user's name, password and role must be like, and how a user appears in ARNs.</summary>
public static partial class UserRules
{
    public static string Arn(string account, string name) => $"arn:aws:iam::{account}:user/console/{name}";

    public static ServiceError? Name(string? name) => name is not null && NameForm().IsMatch(name)
        ? null
        : Errors.InvalidRequest("userName must have 1 to 64 letters, digits or any of . _ @ + -");

    public static ServiceError? Password(string? password, string name) => password switch
    {
        null or { Length: < Passwords.LengthMin } => Errors.InvalidRequest($"password must have at least {Passwords.LengthMin} characters. Several words are good."),
        { Length: > Passwords.LengthMax } => Errors.InvalidRequest($"password may have at most {Passwords.LengthMax} characters."),
        _ when password.Contains(name, StringComparison.OrdinalIgnoreCase) && name.Length > 3 => Errors.InvalidRequest("password contains the user's name. Choose another."),
        _ when password.Distinct().Count() < 5 => Errors.InvalidRequest("password repeats fewer than five characters. Choose another."),
        _ => null,
    };

    public static Result<UserRole> Role(string? role) => UserRoles.Parse(role) is { } known
        ? known
        : Errors.InvalidRequest("role must be viewer, operator, approver or admin.");

    [GeneratedRegex("^[A-Za-z0-9._@+-]{1,64}$")]
    private static partial Regex NameForm();
}
