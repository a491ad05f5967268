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
    private readonly List<Fact> _facts = [];

    private readonly HotStatements _hot;

    internal WriteSession(HotStatements hot, DbTransaction transaction, DateTimeOffset now, byte[] chain, TimeSpan waited)
        : base(hot.Connection, transaction) => (_hot, Now, Chain, Waited) = (hot, DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()), chain, waited);

    /// <summary>The longest that changes of late had to wait for their turn or for their commit: this one, those before it in its commit, those of the last second.</summary>
    public TimeSpan Waited { get; }

    /// <summary>The instant of this change, the same for all its rows and facts; whole milliseconds, as rows keep it, so that it compares with what is read back.</summary>
    public DateTimeOffset Now { get; }

    public long NowMs => Now.ToUnixTimeMilliseconds();

    internal byte[] Chain { get; private set; }

    internal IReadOnlyList<Action> Afterwards => _afterCommit;

    internal IReadOnlyList<Fact> Facts => _facts;

    /// <summary>Runs a statement; answers how many rows it touched.</summary>
    public int Execute(string sql, object? args = null) => Connection.Execute(sql, args, Transaction);

    /// <summary>Runs a statement that is kept compiled, for what every device's report does; the values come in the same order each time.</summary>
    public int RunHot(string sql, params ReadOnlySpan<(string Name, object? Value)> args) => _hot.Bind(sql, Transaction, args).ExecuteNonQuery();

    /// <summary>The first row of a query that is kept compiled, or default where there is none.</summary>
    public T? FirstHot<T>(string sql, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> args)
    {
        using var reader = _hot.Bind(sql, Transaction, args).ExecuteReader();
        return reader.Read() ? row(reader) : default;
    }

    /// <summary>All rows of a query that is kept compiled.</summary>
    public List<T> QueryHot<T>(string sql, Func<DbDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> args)
    {
        using var reader = _hot.Bind(sql, Transaction, args).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    /// <summary>Writes the record of this change; every state change has exactly one.</summary>
    public void Record(Fact fact)
    {
        Chain = FactChain.Next(Chain, NowMs, fact);
        _facts.Add(fact);
        RunHot(
            InsertFact, ("@AtMs", NowMs), ("@Account", fact.Account), ("@Who", fact.Who), ("@Kind", fact.Kind), ("@Subject", fact.Subject), ("@From", fact.From),
            ("@To", fact.To), ("@Why", fact.Why), ("@Thing", fact.Thing), ("@Job", fact.Job), ("@Hash", Chain));
    }

    /// <summary>
    /// Runs after the commit, in order of the changes, on the writer's own thread: ring a bell or enqueue, nothing longer.
    /// Never runs when the change is refused or lost.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);
}
