using System.Security.Cryptography;

namespace Godwit.Server;

/// <summary>The only way to randomness: ids, keys and tokens come from here, so that a simulation can replay them from one seed.</summary>
public interface IRandomSource
{
    void Fill(Span<byte> bytes);

    /// <summary>A version 4 UUID in its 36 character form.</summary>
    string NewUuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    /// <summary>Characters drawn evenly from <paramref name="alphabet"/> (at most 256 of them).</summary>
    string NewText(int length, string alphabet)
    {
        // Bytes past the largest multiple of the alphabet's size are drawn again, or its first characters would come more often.
        var limit = 256 - (256 % alphabet.Length);
        var text = new char[length];
        Span<byte> one = stackalloc byte[1];
        for (var i = 0; i < length; i++)
        {
            do Fill(one);
            while (one[0] >= limit);
            text[i] = alphabet[one[0] % alphabet.Length];
        }
        return new string(text);
    }
}

/// <summary>Randomness of the operating system.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
