using System.IO.Hashing;
using System.Text;
using Godwit.Core;

namespace Godwit.Server;

/// <summary>
/// The opaque token of a list's next page: the key of the last row that was given, so a page costs the same wherever it lies.
/// Hexadecimal, because <c>marker</c> members allow the base64 alphabet only and query strings not all of that.
/// </summary>
public static class PageToken
{
    /// <summary>How many rows a page has when the request names no size: the most that AWS allows.</summary>
    public const int DefaultSize = 250;

    private const int ChecksumBytes = 4;

    private const char Separator = '\0';

    /// <summary>AWS's text for a token that this list did not give.</summary>
    public static ServiceError Invalid { get; } = Errors.InvalidRequest("Next token is invalid.");

    /// <param name="list">The list's name; a token of another list is refused.</param>
    /// <param name="keys">The last row's key, in the order of the list's sort.</param>
    public static string Of(string list, params ReadOnlySpan<string> keys)
    {
        var text = Encoding.UTF8.GetBytes(string.Join(Separator, keys));
        return Convert.ToHexStringLower([.. Checksum(list, text), .. text]);
    }

    /// <summary>Reads a token back: no token gives <paramref name="count"/> empty keys, which sort before every row; false means <see cref="Invalid"/>.</summary>
    public static bool TryRead(string list, string? token, int count, out string[] keys)
    {
        keys = [.. Enumerable.Repeat("", count)];
        if (string.IsNullOrEmpty(token))
            return true;
        byte[] bytes;
        try
        {
            bytes = Convert.FromHexString(token);
        }
        catch (FormatException)
        {
            return false;
        }
        if (bytes.Length < ChecksumBytes || !bytes.AsSpan(0, ChecksumBytes).SequenceEqual(Checksum(list, bytes.AsSpan(ChecksumBytes))))
            return false;
        var read = Encoding.UTF8.GetString(bytes, ChecksumBytes, bytes.Length - ChecksumBytes).Split(Separator);
        if (read.Length != count)
            return false;
        keys = read;
        return true;
    }

    /// <summary>Makes a page of rows that were asked for with one more than <paramref name="size"/>, so that the end of the list is known.</summary>
    public static Page<TItem> Page<TRow, TItem>(string list, List<TRow> rows, int size, Func<TRow, TItem> item, Func<TRow, string[]> key)
    {
        var more = rows.Count > size;
        if (more)
            rows.RemoveRange(size, rows.Count - size);
        return new Page<TItem>(rows.ConvertAll(row => item(row)), more ? Of(list, key(rows[^1])) : null);
    }

    private static byte[] Checksum(string list, ReadOnlySpan<byte> text)
    {
        var hash = new XxHash32();
        hash.Append(Encoding.UTF8.GetBytes(list));
        hash.Append([0]);
        hash.Append(text);
        return hash.GetCurrentHash();
    }
}
