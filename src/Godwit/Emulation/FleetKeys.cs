using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Cli;
using Godwit.Fleet.Images;
using Godwit.Fleet.Operator;
using Godwit.Server.Access;

namespace Godwit.Emulation;

/// <summary>What an emulated fleet keeps from one run to the next: each device's certificate and key, the key that signs its images, and an image to update to.</summary>
public sealed class FleetKeys(string folder)
{
    public string SignerFile => Path.Combine(folder, "signer.pem");

    public string ImageFile => Path.Combine(folder, "app-2.0.0.bin");

    /// <summary>The key that images must be signed with; made at the first run.</summary>
    public ECDsa Signer()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(SignerFile))
            key.ImportFromPem(File.ReadAllText(SignerFile));
        else
            PrivateFile.Write(SignerFile, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return key;
    }

    /// <summary>An image that emulated devices can start, of version 2.0.0.</summary>
    public void MakeImage(int kib)
    {
        if (!File.Exists(ImageFile))
            File.WriteAllBytes(ImageFile, FirmwareImage.Make(new FirmwareVersion(2, 0, 0), kib * 1024));
    }

    /// <summary>Whether the device has an identity already, from a run before or put there by hand.</summary>
    public bool Knows(string thing) => File.Exists(FileOf(thing));

    /// <summary>The device's identity: as the last run left it, or registered now.</summary>
    public async Task<X509Certificate2> Identity(FleetOperator office, string thing, string policy, string group, CancellationToken ct)
    {
        var file = FileOf(thing);
        if (File.Exists(file))
            return X509Certificate2.CreateFromPemFile(file);
        var made = await office.Register(thing, policy, group, ct);
        using var key = made.GetECDsaPrivateKey() ?? throw new CliException(ExitCode.Data, $"{thing} was registered without a key.");
        PrivateFile.Write(file, System.Text.Encoding.ASCII.GetBytes(made.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n"));
        return made;
    }

    private string FileOf(string thing) => Path.Combine(folder, "devices", thing + ".pem");
}
