using System.Xml.Linq;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>A call to IAM: who asks, and with what.</summary>
/// <param name="UserName">The user whose key signed, for operations that are about oneself where no name is given; null for the root and for roles.</param>
public sealed record IamCall(Caller Caller, IamForm Form, string? UserName)
{
    internal string Account => Caller.Account;

    internal void Record(WriteSession session, string operation, string subject, string? from, string? to) =>
        session.Record(new Fact(Account, Caller.Arn, operation, subject, from, to));
}

/// <summary>An operation of IAM. It either reads or changes; its answer is the content of its Result element, empty where it has none.</summary>
/// <param name="Resource">The ARN that permission is asked for.</param>
public sealed record IamOperation(string Name, Func<IamCall, string> Resource)
{
    internal Func<IamCall, ReadSession, Result<XElement[]>>? Read { get; init; }

    internal Func<IamCall, WriteSession, Result<XElement[]>>? Change { get; init; }
}
