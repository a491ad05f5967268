using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.RoleAliases;

/// <summary>Rows of role aliases.</summary>
internal static class RoleAliasStore
{
    public static RoleAliasRow? Find(ReadSession session, string account, string alias) =>
        session.First<RoleAliasRow>("SELECT * FROM role_alias WHERE account = @account AND alias = @alias", new { account, alias });

    public static bool Exists(ReadSession session, string account, string alias) => Find(session, account, alias) is not null;

    public static ServiceError NotFound(string alias) => Errors.ResourceNotFound($"Role alias {alias} cannot be found.");

    /// <summary>Why a role cannot stand behind an alias, or null.</summary>
    public static ServiceError? Refuse(Caller caller, string roleArn) =>
        Arn.Parse(roleArn) is { Service: "iam", ResourceType: "role" } arn && arn.Account == caller.Account
            ? null
            : Errors.InvalidRequest($"roleArn '{roleArn}' is no ARN of a role of this account. Expected arn:aws:iam::{caller.Account}:role/NAME.");
}

internal sealed record RoleAliasRow
{
    public string Alias { get; init; } = "";

    public string Region { get; init; } = "";

    public string RoleArn { get; init; } = "";

    public long DurationSeconds { get; init; }

    public long CreatedAtMs { get; init; }

    public long ModifiedAtMs { get; init; }
}
