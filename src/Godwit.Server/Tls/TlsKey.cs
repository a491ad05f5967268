namespace Godwit.Server.Tls;

/// <summary>
/// Which keys the CA and the server certificate have. A stack without ECDSA can read no certificate that was signed with it, so with RSA the whole
/// chain is RSA, device certificates included.
/// </summary>
public enum TlsKey
{
    /// <summary>P-256 all the way: the cheapest handshake on either side.</summary>
    Ecdsa,

    /// <summary>RSA with 2048 bits, as AWS's own root for devices has.</summary>
    Rsa,

    /// <summary>RSA with 3072 bits.</summary>
    Rsa3072,
}

/// <summary>What follows from the kind of key.</summary>
public static class TlsKeys
{
    /// <summary>As settings write them.</summary>
    public static TlsKey? Read(string text) => text switch
    {
        "ecdsa" => TlsKey.Ecdsa,
        "rsa" => TlsKey.Rsa,
        "rsa-3072" => TlsKey.Rsa3072,
        _ => null,
    };

    /// <summary>
    /// The certificate that devices are given to trust, in the folder of TLS files. There is one CA for ECDSA and one for RSA; either stays when the other
    /// is chosen, so that one can go back.
    /// </summary>
    public static string CaFile(this TlsKey key, string folder) => Path.Combine(folder, key == TlsKey.Ecdsa ? "ca.pem" : "ca-rsa.pem");

    internal static string CaKeyFile(this TlsKey key, string folder) => Path.Combine(folder, key == TlsKey.Ecdsa ? "ca-key.pem" : "ca-rsa-key.pem");

    internal static int RsaBits(this TlsKey key) => key == TlsKey.Rsa3072 ? 3072 : 2048;
}
