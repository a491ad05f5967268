using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Godwit.Cli;
using Godwit.Fleet.Operator;

namespace Godwit.Verbs.Updates;

/// <summary><c>godwit update create</c>: CreateOTAUpdate, from a request in a file or from an image.</summary>
internal static class CreateUpdate
{
    private const int InputBytesMax = 1024 * 1024;
    private const int FirmwareBytesMax = 24 * 1024 * 1024;
    private sealed record Given(
        string? Input, string? Firmware, IReadOnlyList<string> Targets, string? Key, string Bucket, string FileName, string? Version, string Certificate,
        IReadOnlyList<string> Protocols, int? Rate, bool Continuous, string Role);

    public static Command Create()
    {
        var id = UpdateView.Argument();
        var input = new Option<string?>("--input") { HelpName = "FILE", Description = "The request, as for aws iot create-ota-update --cli-input-json." };
        var firmware = new Option<string?>("--firmware") { HelpName = "FILE", Description = "An image to upload and to update to." };
        var targets = new Option<string[]>("--target") { HelpName = "thing/NAME|thinggroup/NAME|ARN", Description = "Who gets it; may be repeated.", AllowMultipleArgumentsPerToken = true };
        var key = new Option<string?>("--sign-key") { HelpName = "PEM", Description = "The EC or RSA key that signs the image (SHA-256)." };
        var bucket = new Option<string>("--bucket") { HelpName = "NAME", Description = "Where the image is uploaded to; made if it is not there.", DefaultValueFactory = _ => "firmware" };
        var fileName = new Option<string>("--file-name") { HelpName = "PATH", Description = "What the device calls the file.", DefaultValueFactory = _ => "/fw/app.bin" };
        var version = new Option<string?>("--file-version") { HelpName = "TEXT", Description = "The image's version, for people." };
        var certificate = new Option<string>("--certificate-name") { HelpName = "PATH", Description = "Where the device finds the signer's certificate.", DefaultValueFactory = _ => "/certs/signer.crt" };
        var protocols = new Option<string[]>("--protocol") { HelpName = "MQTT|HTTP", Description = "How the image comes; may be repeated. Default: MQTT.", AllowMultipleArgumentsPerToken = true };
        protocols.AcceptOnlyFromAmong("MQTT", "HTTP");
        var rate = new Option<int?>("--rate") { HelpName = "N", Description = "Devices a minute. Default: 1000, as on AWS." };
        var continuous = new Option<bool>("--continuous") { Description = "Devices that join the target groups later get it too." };
        var role = new Option<string>("--role") { HelpName = "NAME|ARN", Description = "The role by which the update reads the image and makes its job; an account without roles need not have it.", DefaultValueFactory = _ => "ota-service-role" };
        var follow = new Option<bool>("--follow") { Description = "Watch it to its end, as update watch does." };
        var command = new Command("create", "Make an update: from a request in a file, or by uploading and signing an image.")
        {
            id, input, firmware, targets, key, bucket, fileName, version, certificate, protocols, rate, continuous, role, follow,
        }.With(
            "godwit update create rel42 --input update.json",
            "godwit update create rel42 --firmware app.bin --target thinggroup/fleet --sign-key key.pem --file-version 0.9.3 --rate 50 --follow");
        command.Validators.Add(given =>
        {
            if (given.GetValue(input) is null == given.GetValue(firmware) is null)
                given.AddError("Give either --input FILE or --firmware FILE.");
            else if (given.GetValue(firmware) is not null && (given.GetValue(targets) is not { Length: > 0 } || given.GetValue(key) is null))
                given.AddError("--firmware needs --target and --sign-key: devices take signed images only.");
        });
        command.Asks(new ServiceOptions().AddTo(command), async (client, parsed, report, ct) =>
        {
            var given = new Given(
                parsed.GetValue(input), parsed.GetValue(firmware), parsed.GetValue(targets) ?? [], parsed.GetValue(key), parsed.GetValue(bucket)!, parsed.GetValue(fileName)!,
                parsed.GetValue(version), parsed.GetValue(certificate)!, parsed.GetValue(protocols) is { Length: > 0 } named ? named : ["MQTT"], parsed.GetValue(rate), parsed.GetValue(continuous), parsed.GetValue(role)!);
            return await Run(client, report, parsed.GetValue(id)!, given, parsed.GetValue(follow), ct);
        });
        return command;
    }

    private static async Task<int> Run(ServiceClient client, Report report, string id, Given given, bool follow, CancellationToken ct)
    {
        var request = given.Input is { } file ? ReadRequest(file) : await FromImage(client, id, given, ct);
        await client.Post($"/otaUpdates/{Uri.EscapeDataString(id)}", request, ct);
        var update = await AwaitMade(client, id, ct);
        if (update.Status == "CREATE_FAILED")
            throw new CliException(ExitCode.Data, $"{id} is CREATE_FAILED: {update.Info.Text("errorInfo.code")}: {update.Info.Text("errorInfo.message")}");
        if (follow)
            return await WatchUpdate.Follow(client, report.Terminal, id, patience: null, ct);
        report.One(update.ToJson(), to => to.WriteLine($"{id} is {update.Status}; its job is {update.JobId}. Follow it: godwit update watch {id}"));
        return ExitCode.Ok;
    }

    private static JsonObject ReadRequest(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > InputBytesMax })
            throw new CliException(ExitCode.Data, $"{file} has more than {InputBytesMax} bytes; a request is far smaller.");
        try
        {
            var request = JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? throw new CliException(ExitCode.Data, $"{file} does not hold a JSON object.");
            request.Remove("otaUpdateId");
            return request;
        }
        catch (JsonException broken)
        {
            throw new CliException(ExitCode.Data, $"{file} is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}).");
        }
    }

    private static async Task<JsonObject> FromImage(ServiceClient client, string id, Given given, CancellationToken ct)
    {
        var image = new FileInfo(given.Firmware!) is { Exists: true, Length: > FirmwareBytesMax }
            ? throw new CliException(ExitCode.Data, $"{given.Firmware} has more than {FirmwareBytesMax} bytes, the most that a stream serves.")
            : await File.ReadAllBytesAsync(given.Firmware!, ct);
        var (signature, algorithm) = Sign(given.Key!, image);
        var account = await Account(client, ct);
        var version = await Upload(client, given.Bucket, $"{id}/{Path.GetFileName(given.Firmware)}", image, ct);
        var request = new JsonObject
        {
            ["targets"] = new JsonArray([.. given.Targets.Select(target => (JsonNode)Arn(target, client.Target.Region, account))]),
            ["protocols"] = new JsonArray([.. given.Protocols.Select(protocol => (JsonNode)protocol)]),
            ["targetSelection"] = given.Continuous ? "CONTINUOUS" : "SNAPSHOT",
            ["roleArn"] = given.Role.StartsWith("arn:", StringComparison.Ordinal) ? given.Role : $"arn:aws:iam::{account}:role/{given.Role}",
            ["files"] = new JsonArray(FileOf(id, given, version, signature, algorithm)),
        };
        if (given.Rate is { } rate)
            request["awsJobExecutionsRolloutConfig"] = new JsonObject { ["maximumPerMinute"] = rate };
        return request;
    }

    private static JsonObject FileOf(string id, Given given, string version, byte[] signature, string algorithm) => new()
    {
        ["fileName"] = given.FileName,
        ["fileVersion"] = given.Version,
        ["fileLocation"] = new JsonObject { ["s3Location"] = new JsonObject { ["bucket"] = given.Bucket, ["key"] = $"{id}/{Path.GetFileName(given.Firmware)}", ["version"] = version } },
        ["codeSigning"] = new JsonObject
        {
            ["customCodeSigning"] = new JsonObject
            {
                // A blob whose content is the text of the signature: base64, and JSON wraps a blob in base64 once more.
                ["signature"] = new JsonObject { ["inlineDocument"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToBase64String(signature))) },
                ["certificateChain"] = new JsonObject { ["certificateName"] = given.Certificate },
                ["hashAlgorithm"] = "SHA256",
                ["signatureAlgorithm"] = algorithm,
            },
        },
    };

    private static (byte[] Signature, string Algorithm) Sign(string keyFile, byte[] image)
    {
        var pem = File.ReadAllText(keyFile);
        try
        {
            using var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return (ec.SignData(image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), "ECDSA");
        }
        catch (Exception noEc) when (noEc is ArgumentException or CryptographicException)
        {
            try
            {
                using var rsa = RSA.Create();
                rsa.ImportFromPem(pem);
                return (rsa.SignData(image, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), "RSA");
            }
            catch (Exception noRsa) when (noRsa is ArgumentException or CryptographicException)
            {
                throw new CliException(ExitCode.Data, $"{keyFile} holds no EC or RSA private key in PEM form without a password.");
            }
        }
    }

    private static async Task<string> Account(ServiceClient client, CancellationToken ct)
    {
        var identity = await client.Aws.Form("sts", "Action=GetCallerIdentity&Version=2011-06-15", ct);
        return XDocument.Parse(identity).Descendants().First(element => element.Name.LocalName == "Account").Value;
    }

    private static string Arn(string target, string region, string account) =>
        target.StartsWith("arn:", StringComparison.Ordinal) ? target
        : target.StartsWith("thing/", StringComparison.Ordinal) || target.StartsWith("thinggroup/", StringComparison.Ordinal) ? $"arn:aws:iot:{region}:{account}:{target}"
        : throw new CliException(ExitCode.Usage, $"--target {target}: write thing/NAME, thinggroup/NAME or an ARN.");

    private static async Task<string> Upload(ServiceClient client, string bucket, string key, byte[] image, CancellationToken ct)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var office = new FleetOperator(client.Aws, signer, client.Time);
        try
        {
            await client.Aws.S3(HttpMethod.Head, $"/{bucket}", [], ct);
        }
        catch (AwsCallException missing) when (missing.Status == 404)
        {
            await office.CreateBucket(bucket, ct);
        }
        return await office.Upload(bucket, key, image, ct);
    }

    private static async Task<UpdateView> AwaitMade(ServiceClient client, string id, CancellationToken ct)
    {
        while (true)
        {
            var update = await UpdateView.Find(client, id, ct);
            if (update.Status is not ("CREATE_PENDING" or "CREATE_IN_PROGRESS"))
                return update;
            await Task.Delay(TimeSpan.FromMilliseconds(100), client.Time, ct);
        }
    }
}
