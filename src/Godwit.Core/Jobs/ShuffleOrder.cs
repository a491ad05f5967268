using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Core.Jobs;

/// <summary>
/// The order of a shuffled rollout: by a hash of the seed and the thing's name, so that it depends on nothing else and is the same after every restart and
/// on every database. The database computes the same key where it resolves targets; see <c>PendingThings</c>.
/// </summary>
public static partial class ShuffleOrder
{
    /// <summary>Hexadecimal digits of the hash that are kept; things whose digits are the same follow each other by name.</summary>
    public const int Digits = 16;

    /// <summary>What may be a seed: 1 to 64 of the characters that names have.</summary>
    public static bool IsSeed(string text) => Seed().IsMatch(text);

    /// <summary>Sorts by its bytes. Seeds and names hold no slash, so that no two pairs make one text.</summary>
    public static string Key(string seed, string thingName) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{thingName}")))[..Digits];

    [GeneratedRegex(@"^[a-zA-Z0-9:_-]{1,64}\z")]
    private static partial Regex Seed();
}
