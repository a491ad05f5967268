using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Signing;

namespace Godwit.Server.Acm.Tokens;

/// <summary>
/// Keys that stay in a PKCS #11 token: a hash goes in, a signature comes out. One session, opened when it is first needed and opened again when the token was away; one
/// signature at a time, since a session has one operation.
/// </summary>
public sealed class TokenKeys(Pkcs11Options? options) : IDisposable
{
    private const nuint RsaPkcs = 0x1, Ecdsa = 0x1041;

    private readonly Lock _gate = new();
    private Cryptoki? _module;
    private nuint? _session;

    /// <summary>Whether a private key's text is the name of a key in a token.</summary>
    public static bool IsName(string privateKey) => privateKey.StartsWith(Pkcs11Uri.Scheme, StringComparison.Ordinal);

    /// <summary>Reads the name of a key and has the key sign something, so that what is kept is known to be the certificate's.</summary>
    internal Result<string> Prove(string account, string name, X509Certificate2 certificate)
    {
        if (options is not { } token)
            return SigningErrors.Validation("The private key is the name of a key in a token, and this service has none. Set Pkcs11Module, Pkcs11Token and Pkcs11PinFile.");
        if (account != token.Account)
            return SigningErrors.Validation($"The keys of token {token.Token} are for certificates of account {token.Account}, and this is {account}. Setting Pkcs11Account says whose they are.");
        var uri = Pkcs11Uri.Read(name.Trim());
        if (!uri.IsOk)
            return uri.Error;
        var algorithm = new CodeSigningAlgorithm("SHA256", CertificateFacts.Read(certificate).Encryption!);
        var probe = SHA256.HashData("that the key in the token is the certificate's"u8);
        var signed = SignHash(uri.Value.ToString(), certificate, algorithm, probe);
        if (!signed.IsOk)
            return signed.Error;
        return SignatureCheck.Verify(algorithm, Convert.ToBase64String(signed.Value), probe, certificate.ExportCertificatePem()) == SignatureVerdict.Verifies
            ? uri.Value.ToString()
            : SigningErrors.Validation($"{uri.Value} is not the key of this certificate. Name the key that the certificate was made for.");
    }

    /// <summary>Signs a hash: DER for ECDSA, PKCS #1 for RSA. What the token refuses is told with its code.</summary>
    internal Result<byte[]> SignHash(string name, X509Certificate2 certificate, CodeSigningAlgorithm algorithm, byte[] hash)
    {
        if (options is not { } token)
            return SigningErrors.Validation($"The key {name} lies in a token, and this service has none. Set Pkcs11Module, Pkcs11Token and Pkcs11PinFile again.");
        var uri = Pkcs11Uri.Read(name);
        if (!uri.IsOk)
            return uri.Error;
        if (uri.Value.Token is { } label && label != token.Token)
            return SigningErrors.Validation($"The key {name} lies in token {label}, and this service uses {token.Token}. Plug it in and name it in Pkcs11Token.");
        var (mechanism, data) = Input(certificate, algorithm, hash);
        lock (_gate)
        {
            try
            {
                return Sign(token, uri.Value, mechanism, data).Map(signature => mechanism == Ecdsa ? Der(signature) : signature);
            }
            catch (CryptokiException refused)
            {
                Forget();
                return SigningErrors.Validation($"The key {name} could not be used: {refused.Message}");
            }
        }
    }

    /// <summary>What stands in the way of signing with the token of these settings; null where it opens.</summary>
    public static string? WhyNot(Pkcs11Options token)
    {
        using var keys = new TokenKeys(token);
        try
        {
            return keys.Open(token) is { IsOk: false, Error: { } error } ? error.Message : null;
        }
        catch (CryptokiException refused)
        {
            return refused.Message;
        }
    }

    public void Dispose() => Forget();

    private Result<byte[]> Sign(Pkcs11Options token, Pkcs11Uri key, nuint mechanism, byte[] data)
    {
        for (var again = false; ; again = true)
        {
            var session = Open(token);
            if (!session.IsOk)
                return session.Error;
            try
            {
                return _module!.FindPrivateKeys(session.Value, key.Label, key.Id) switch
                {
                    [] => SigningErrors.Validation($"Token {token.Token} has no private key {key}. The token's own tool lists what it has."),
                    [var one] => _module.Sign(session.Value, mechanism, one, data),
                    _ => SigningErrors.Validation($"Token {token.Token} has more than one private key {key}. Add id=%XX to the URI."),
                };
            }
            catch (CryptokiException gone) when (gone.IsOfSession && !again)
            {
                Forget();
            }
        }
    }

    private Result<nuint> Open(Pkcs11Options token)
    {
        if (_session is { } open)
            return open;
        var pin = Pin(token);
        if (!pin.IsOk)
            return pin.Error;
        _module ??= Cryptoki.Load(token.Module);
        if (_module.FindSlot(token.Token) is not { } slot)
            return SigningErrors.Validation($"Module {token.Module} sees no token with the label {token.Token}. Plug it in, or correct Pkcs11Token.");
        var session = _module.OpenSession(slot, pin.Value);
        _session = session;
        return session;
    }

    private static Result<string> Pin(Pkcs11Options token)
    {
        if (token.PinFile is not { } file)
            return token.Pin ?? "";
        try
        {
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return SigningErrors.Validation($"The PIN of token {token.Token} cannot be read: {failure.Message} Correct Pkcs11PinFile.");
        }
    }

    private void Forget()
    {
        if (_session is { } open)
            _module!.CloseSession(open);
        _session = null;
    }

    /// <summary>Tokens sign what they are given: for ECDSA as much of the hash as the curve takes (FIPS 186-5, 6.4.1), for RSA a DigestInfo (RFC 8017, 9.2).</summary>
    private static (nuint Mechanism, byte[] Data) Input(X509Certificate2 certificate, CodeSigningAlgorithm algorithm, byte[] hash)
    {
        if (algorithm.Encryption == CodeSigningAlgorithm.Rsa)
            return (RsaPkcs, DigestInfo(algorithm.Hash, hash));
        using var key = certificate.GetECDsaPublicKey()!;
        return (Ecdsa, hash[..Math.Min(hash.Length, (key.KeySize + 7) / 8)]);
    }

    private static byte[] DigestInfo(string hashName, byte[] hash)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(hashName switch
                {
                    "SHA1" => "1.3.14.3.2.26",
                    "SHA256" => "2.16.840.1.101.3.4.2.1",
                    "SHA384" => "2.16.840.1.101.3.4.2.2",
                    _ => "2.16.840.1.101.3.4.2.3",
                });
                writer.WriteNull();
            }
            writer.WriteOctetString(hash);
        }
        return writer.Encode();
    }

    /// <summary>CKM_ECDSA gives r and s side by side; devices and X.509 want them as a sequence.</summary>
    private static byte[] Der(byte[] pair)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new System.Numerics.BigInteger(pair.AsSpan(0, pair.Length / 2), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new System.Numerics.BigInteger(pair.AsSpan(pair.Length / 2), isUnsigned: true, isBigEndian: true));
        }
        return writer.Encode();
    }
}
