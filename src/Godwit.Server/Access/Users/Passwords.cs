using System.Globalization;
using System.Security.Cryptography;

namespace Godwit.Server.Access.Users;

/// <summary>Passwords as they are kept: PBKDF2 with SHA-256, a salt of its own and its cost beside it, so that the cost may rise later.</summary>
public sealed class Passwords(IRandomSource random)
{
    public const int LengthMin = 12;

    public const int LengthMax = 256;

    /// <summary>OWASP's figure for PBKDF2-HMAC-SHA256.</summary>
    private const int Rounds = 600_000;

    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const string Scheme = "pbkdf2-sha256";

    /// <summary>Each costs a core for a while: more at once would only starve devices.</summary>
    private readonly SemaphoreSlim _cores = new(2);

    private readonly Lazy<string> _nobody = new(() => Make("nobody", new byte[SaltBytes]));

    public async Task<string> Hash(string password, CancellationToken ct)
    {
        var salt = new byte[SaltBytes];
        random.Fill(salt);
        return await Work(() => Make(password, salt), ct);
    }

    /// <param name="kept">Null where there is no such user: it takes as long all the same.</param>
    public async Task<bool> Verify(string password, string? kept, CancellationToken ct) => await Work(() => Matches(password, kept ?? _nobody.Value), ct) && kept is not null;

    private async Task<T> Work<T>(Func<T> work, CancellationToken ct)
    {
        await _cores.WaitAsync(ct);
        try
        {
            return await Task.Run(work, ct);
        }
        finally
        {
            _cores.Release();
        }
    }

    private static string Make(string password, byte[] salt) =>
        $"{Scheme}${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(password, salt, Rounds, HashAlgorithmName.SHA256, HashBytes))}";

    private static bool Matches(string password, string kept)
    {
        var parts = kept.Split('$');
        if (parts is not [Scheme, var rounds, var salt, var hash])
            return false;
        var expected = Convert.FromBase64String(hash);
        var given = Rfc2898DeriveBytes.Pbkdf2(
            password, Convert.FromBase64String(salt), int.Parse(rounds, CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, expected.Length);
        return CryptographicOperations.FixedTimeEquals(given, expected);
    }
}
