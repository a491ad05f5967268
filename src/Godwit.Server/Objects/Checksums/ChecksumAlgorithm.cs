namespace Godwit.Server.Objects.Checksums;

/// <summary>The additional checksums of S3 uploads.</summary>
public enum ChecksumAlgorithm
{
    Crc32,
    Crc32C,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// <summary>How the algorithms are written on the wire.</summary>
public static class ChecksumAlgorithms
{
    public static IReadOnlyList<ChecksumAlgorithm> All { get; } = Enum.GetValues<ChecksumAlgorithm>();

    /// <summary><c>CRC32C</c>, as in <c>x-amz-checksum-algorithm</c>.</summary>
    public static string Name(this ChecksumAlgorithm algorithm) => algorithm.ToString().ToUpperInvariant();

    /// <summary><c>x-amz-checksum-crc32c</c>.</summary>
    public static string Header(this ChecksumAlgorithm algorithm) => "x-amz-checksum-" + algorithm.ToString().ToLowerInvariant();

    /// <summary><c>ChecksumCRC32C</c>, as in XML.</summary>
    public static string Element(this ChecksumAlgorithm algorithm) => "Checksum" + algorithm.Name();

    public static int Bytes(this ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc64Nvme => 8,
        ChecksumAlgorithm.Sha1 => 20,
        ChecksumAlgorithm.Sha256 => 32,
        _ => 4,
    };

    public static ChecksumAlgorithm? Parse(string? name)
    {
        foreach (var algorithm in All)
        {
            if (algorithm.Name().Equals(name, StringComparison.OrdinalIgnoreCase))
                return algorithm;
        }
        return null;
    }
}
