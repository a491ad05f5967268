using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>The role or user that a call is about, for operations that both kinds have.</summary>
internal sealed class EntityNames(IamDirectory directory)
{
    public static string Noun(string kind) => kind == IamEntity.Role ? "Role" : "User";

    public static Result<IamEntity> Find(IamCall call, ReadSession session, string kind)
    {
        var name = call.Form.Name($"{Noun(kind)}Name");
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (IamStore.Find(session, call.Account, kind, name) is { } entity)
            return entity;
        return kind == IamEntity.Role ? IamErrors.NoSuchRole(name) : IamErrors.NoSuchUser(name);
    }

    public string ArnOf(IamCall call, string kind)
    {
        var name = call.Form.Name($"{Noun(kind)}Name");
        var known = kind == IamEntity.Role ? directory.Role(call.Account, name) : directory.User(call.Account, name);
        return known?.Arn ?? $"arn:aws:iam::{call.Account}:{kind}/{name}";
    }
}
