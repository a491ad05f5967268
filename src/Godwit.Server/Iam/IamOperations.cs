using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>Every operation of IAM that is served, by its name; <c>docs/compatibility.md</c>'s test reads it.</summary>
public sealed class IamOperations
{
    private readonly Database _database;

    public IamOperations(Database database, IamDirectory directory, UserKeys keys, IRandomSource random)
    {
        _database = database;
        var names = new EntityNames(directory);
        var users = new Users(directory, keys, random);
        IEnumerable<IamOperation> all =
        [
            .. new Roles(directory, random).Operations, .. users.Operations, .. new InlinePolicies(directory, names).Operations,
            .. new AttachedPolicies(directory, names).Operations, .. new ManagedPolicies(directory, random).Operations,
            .. new UserAccessKeys(users, keys).Operations, .. new EntityTags(names).Operations,
        ];
        All = all.ToDictionary(operation => operation.Name, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, IamOperation> All { get; }

    /// <summary>The content of the operation's Result element, or the refusal.</summary>
    public Task<Result<XElement[]>> Run(IamOperation operation, IamCall call, CancellationToken ct) => operation.Change is { } change
        ? _database.Change(session => change(call, session), ct)
        : _database.Read(session => operation.Read!(call, session), ct);
}
