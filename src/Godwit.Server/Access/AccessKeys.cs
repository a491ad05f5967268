using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Hosting;
using Godwit.Server.Storage;

namespace Godwit.Server.Access;

/// <summary>
/// All keys that may sign, in memory: those of the database, those given at start, and one inner key for each account that signs
/// the service's own presigned URLs. Nothing is read from disk while requests are served.
/// </summary>
public sealed class AccessKeys(Database database, DataDirectory data, ServerOptions options, SecretSeal seal, IRandomSource random)
{
    private const string InnerPrefix = "GODWIT";
    private const string IdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string SelectKeys = "SELECT account, access_key_id, user_arn, user_name, status, sealed_secret FROM access_key";
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly ConcurrentDictionary<string, AccessKey> _keys = new(StringComparer.Ordinal);

    /// <summary>A key that signs no more, by its id. Rung after the commit, on the writer's thread: note it, nothing longer.</summary>
    public event Action<string>? Stopped;

    internal SecretSeal Seal => seal;

    /// <summary>
    /// Reads the keys; at first start makes the default one. Whenever <c>DIR/credentials</c> is absent it is written again from the database,
    /// so a kill between the two loses nothing.
    /// </summary>
    public async Task Load(CancellationToken ct)
    {
        var rows = await database.Read(s => s.Query<Row>(SelectKeys + " ORDER BY created_at_ms"), ct);
        var kept = rows.Where(row => row.Status == "Active").Select(Open).ToList();
        if (rows.Count == 0)
            kept.Add(await MakeDefault(ct));
        foreach (var key in kept)
            _keys[key.Id] = key;
        if (kept.Find(key => key.IsRoot) is { } first && !File.Exists(data.CredentialsFile))
            WriteCredentials(first);
        foreach (var preset in options.AccessKeys)
            _keys[preset.Id] = new AccessKey(preset.Id, preset.Secret, preset.Account, UserArn(preset.Account, preset.Id));
    }

    /// <summary>Null for a key that is unknown or not active.</summary>
    public AccessKey? Find(string id)
    {
        if (_keys.TryGetValue(id, out var key))
            return key;
        // Anyone may write down the id of an inner key, so ids other than an account's must not fill memory.
        var account = id.StartsWith(InnerPrefix, StringComparison.Ordinal) ? id[InnerPrefix.Length..] : "";
        return account.Length == 12 && account.All(char.IsAsciiDigit) ? DeriveInner(account) : null;
    }

    /// <summary>Whether an account has keys here, so that somebody could sign in it.</summary>
    public bool HasAccount(string account) => _keys.Values.Any(key => key.Account == account && !key.IsInner);

    /// <summary>The key that signs the service's own presigned URLs in an account. Its secret never leaves the service.</summary>
    public AccessKey Inner(string account) => _keys.GetOrAdd(InnerPrefix + account, _ => DeriveInner(account));

    internal AccessKey New(string account, string userArn, string prefix = "AKIA") =>
        new(prefix + random.NewText(16, IdAlphabet), random.NewText(40, SecretAlphabet), account, userArn);

    internal void Insert(WriteSession session, AccessKey key) => session.Execute(
        """
        INSERT INTO access_key (account, access_key_id, user_arn, user_name, status, sealed_secret, created_at_ms)
        VALUES (@Account, @Id, @UserArn, @UserName, 'Active', @Secret, @NowMs)
        """,
        new { key.Account, key.Id, key.UserArn, key.UserName, Secret = seal.Seal(key.Secret, key.Id), session.NowMs });

    internal AccessKey Read(ReadSession session, string id) => Open(session.First<Row>(SelectKeys + " WHERE access_key_id = @id", new { id })!);

    internal void Admit(AccessKey key) => _keys[key.Id] = key;

    internal void Stop(string id)
    {
        _keys.TryRemove(id, out _);
        Stopped?.Invoke(id);
    }

    private AccessKey DeriveInner(string account) =>
        new(InnerPrefix + account, seal.Derive($"presign/{account}"), account, Caller.Service(account, options.DefaultRegion).Arn) { IsInner = true };

    private static string UserArn(string account, string name) => $"arn:aws:iam::{account}:user/{name}";

    private async Task<AccessKey> MakeDefault(CancellationToken ct)
    {
        var account = options.DefaultAccount;
        var key = New(account, $"arn:aws:iam::{account}:root");
        await database.Write(session => MakeFirst(session, key), ct);
        WriteCredentials(key);
        return key;
    }

    private Nothing MakeFirst(WriteSession session, AccessKey key)
    {
        Insert(session, key);
        session.Record(new Fact(
            key.Account, Caller.Service(key.Account, options.DefaultRegion).Arn, "CreateAccessKey", $"access-key/{key.Id}", null, "Active", "first start"));
        return default;
    }

    private void WriteCredentials(AccessKey key) =>
        PrivateFile.Write(
            data.CredentialsFile,
            Encoding.ASCII.GetBytes($"[default]\naws_access_key_id = {key.Id}\naws_secret_access_key = {key.Secret}\n"));

    private AccessKey Open(Row row)
    {
        try
        {
            return new AccessKey(row.AccessKeyId, seal.Unseal(row.SealedSecret, row.AccessKeyId), row.Account, row.UserArn) { UserName = row.UserName };
        }
        catch (CryptographicException)
        {
            throw new StartupException(
                [$"--data {data.Root}: {SealKey.NameOf(options)} is not the one that sealed access key {row.AccessKeyId}; restore it from the backup that the database came from."]);
        }
    }

    private sealed record Row
    {
        public string Account { get; init; } = "";

        public string AccessKeyId { get; init; } = "";

        public string UserArn { get; init; } = "";

        public string? UserName { get; init; }

        public string Status { get; init; } = "";

        public byte[] SealedSecret { get; init; } = [];
    }
}
