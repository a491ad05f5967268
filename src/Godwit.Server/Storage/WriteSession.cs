using System.Data.Common;
using Dapper;
using Godwit.Core.Journal;

namespace Godwit.Server.Storage;

/// <summary>
/// One unit of change inside the writer's transaction. Nothing else writes meanwhile, so read-then-write needs no locks.
/// Work must be quick: no waiting, no network, no files.
/// </summary>
public sealed class WriteSession : ReadSession
{
    private const string InsertFact =
        """
        INSERT INTO journal (at_ms, account, who, kind, subject, state_from, state_to, why, thing, job, hash)
        VALUES (@AtMs, @Account, @Who, @Kind, @Subject, @From, @To, @Why, @Thing, @Job, @Hash)
        """;

    private readonly List<Action> _afterCommit = [];

    internal WriteSession(DbConnection connection, DbTransaction transaction, DateTimeOffset now, byte[] chain) : base(connection, transaction) =>
        (Now, Chain) = (now, chain);

    /// <summary>The instant of this change, the same for all its rows and facts.</summary>
    public DateTimeOffset Now { get; }

    public long NowMs => Now.ToUnixTimeMilliseconds();

    internal byte[] Chain { get; private set; }

    internal IReadOnlyList<Action> Afterwards => _afterCommit;

    /// <summary>Runs a statement; answers how many rows it touched.</summary>
    public int Execute(string sql, object? args = null) => Connection.Execute(sql, args, Transaction);

    /// <summary>Writes the record of this change; every state change has exactly one.</summary>
    public void Record(Fact fact)
    {
        Chain = FactChain.Next(Chain, NowMs, fact);
        Execute(InsertFact, new { AtMs = NowMs, fact.Account, fact.Who, fact.Kind, fact.Subject, fact.From, fact.To, fact.Why, fact.Thing, fact.Job, Hash = Chain });
    }

    /// <summary>
    /// Runs after the commit, in order of the changes, on the writer's own thread: ring a bell or enqueue, nothing longer.
    /// Never runs when the change is refused or lost.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);
}
