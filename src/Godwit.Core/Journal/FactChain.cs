using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Core.Journal;

/// <summary>
/// Links each journal record to the one before: a record changed or removed afterwards breaks every hash behind it.
/// </summary>
public static class FactChain
{
    /// <summary>What stands before the first record: 32 zero bytes.</summary>
    public static byte[] Start => new byte[SHA256.HashSizeInBytes];

    /// <summary>SHA-256 over the previous hash, the time (Unix milliseconds) and every member, each with its length before it.</summary>
    public static byte[] Next(byte[] previous, long atMs, Fact fact)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        hash.AppendData(previous);
        BinaryPrimitives.WriteInt64BigEndian(number, atMs);
        hash.AppendData(number);
        foreach (var member in (ReadOnlySpan<string?>)
                 [fact.Account, fact.Who, fact.Kind, fact.Subject, fact.From, fact.To, fact.Why, fact.Thing, fact.Job])
        {
            // -1 tells an absent member from an empty one.
            var bytes = member is null ? [] : Encoding.UTF8.GetBytes(member);
            BinaryPrimitives.WriteInt64BigEndian(number, member is null ? -1 : bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }
        return hash.GetHashAndReset();
    }
}
