using System.Data.Common;

namespace Godwit.Server.Storage;

/// <summary>All in which the two databases differ. The stores and their SQL know neither.</summary>
public abstract class Dialect
{
    /// <summary>How many reads run at once; further ones wait.</summary>
    public abstract int ReadersMax { get; }

    /// <summary>PostgreSQL where a connection string is given, else SQLite in the file. Copies from before an upgrade go beside that file either way; none are kept where no file is named.</summary>
    public static Dialect Of(string? connectionString, string file) => connectionString is null ? new Sqlite(file) : new Postgres(connectionString, file.Length == 0 ? null : UpgradeCopiesBeside(file));

    /// <summary>The one connection that writes. It shuts other services out for as long as it lives.</summary>
    /// <exception cref="StorageException">The database is unfit, or in use by another service; other failures are <see cref="Explain"/>ed.</exception>
    public abstract DbConnection OpenWriter();

    public abstract DbConnection OpenReader();

    public abstract DbTransaction BeginWrite(DbConnection writer);

    /// <summary>Begins a view that stays the same from its first statement on.</summary>
    public abstract DbTransaction BeginRead(DbConnection reader);

    /// <summary>Whether a connection that has been idle for a while still works.</summary>
    public abstract bool Answers(DbConnection connection);

    /// <summary>A migration, written in SQLite's words, in this database's.</summary>
    public abstract string Translate(string script);

    /// <summary>The failure as one of the storage, or null where it is the statement's or the program's own.</summary>
    public abstract StorageException? Explain(Exception failure);

    /// <summary>Whether a failed COMMIT is known to have changed nothing; otherwise only the database can tell.</summary>
    public abstract bool SaysUndone(Exception failure);

    /// <summary>Runs after each commit, on the writer's thread.</summary>
    public virtual void Committed()
    {
    }

    /// <summary>Runs after each failed batch, on the writer's thread.</summary>
    public virtual void Failed(Exception failure)
    {
    }

    public abstract void CloseWriter(DbConnection writer);

    /// <summary>The tables that are there.</summary>
    public abstract IReadOnlyList<string> Tables(DbConnection connection, DbTransaction transaction);

    /// <summary>Statements that set right, after rows were copied in, what numbers new rows.</summary>
    public virtual IEnumerable<string> AfterCopy(DbConnection connection, DbTransaction transaction) => [];

    /// <summary>What the database itself finds wrong with its own structure.</summary>
    public virtual IEnumerable<string> Damage(DbConnection connection) => [];

    /// <summary>The folder for copies of the database from before its schema moves on; null where none are kept.</summary>
    public abstract string? UpgradeCopies { get; }

    /// <summary>Writes a whole SQLite file of this database's present state, beside those that write.</summary>
    /// <param name="scripts">The migrations that this database has, where it is older than this program; null for all.</param>
    public abstract void WriteCopy(string file, TimeProvider time, IReadOnlySet<string>? scripts = null);

    protected static string UpgradeCopiesBeside(string file) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "backups");
}
