using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Cli;
using Godwit.Emulation;
using Godwit.Fleet;
using Godwit.Fleet.Link;

namespace Godwit.Verbs;

/// <summary><c>godwit fleet up</c>: emulated devices against any endpoint, in real time.</summary>
public static class FleetVerb
{
    private const int DevicesMax = 20_000;
    private const int MqttPortDefault = 8883;

    public static Command Create() => new Command("fleet", "Emulate devices.") { Up() }.With("godwit fleet up 100");

    private static Command Up()
    {
        var devices = new Argument<int>("devices") { Description = $"How many, up to {DevicesMax}." };
        devices.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > DevicesMax)
                given.AddError($"devices is a number from 1 to {DevicesMax}.");
        });
        var profile = new Option<string>("--profile") { HelpName = string.Join('|', FleetPlan.Profiles), Description = "Which agent they run: FreeRTOS's classic one with CBOR blocks or HTTP ranges, the modular libraries with JSON blocks, Espressif's build of the classic one, an application around esp_https_ota, the STM32U5 integration, Nordic's aws_fota (for jobs with its own document), or a mixture of FreeRTOS's and Espressif's.", DefaultValueFactory = _ => "mixed" };
        profile.AcceptOnlyFromAmong(FleetPlan.Profiles);
        var (fail, revert, offline, loss) = (
            Share("--fail", "Devices that trust another signer: their image does not verify."), Share("--revert", "Devices whose new image fails its self-test."),
            Share("--offline", "Devices that are cut off once in the middle of the download."), Share("--loss", "Data messages and answers to range requests that never arrive."));
        var prefix = new Option<string>("--prefix") { HelpName = "NAME", Description = "What their names begin with.", DefaultValueFactory = _ => "emu" };
        var group = new Option<string>("--group") { HelpName = "NAME", Description = "The thing group they are in.", DefaultValueFactory = _ => "emulated" };
        var state = new Option<string>("--state") { HelpName = "DIR", Description = "Where their keys are kept, and an image to update to. A device with a certificate and key in DIR/devices/NAME.pem is not registered.", DefaultValueFactory = _ => "./fleet" };
        var image = new Option<int>("--image-kib") { HelpName = "KIB", Description = "The size of that image.", DefaultValueFactory = _ => 256 };
        var mqtt = new Option<string?>("--mqtt") { HelpName = "HOST:PORT", Description = "Where they connect. Default: the running service's port, or 8883 of the endpoint that DescribeEndpoint names." };
        var port = new Option<int>("--port") { HelpName = "PORT", Description = "The MQTT port of the endpoint that DescribeEndpoint names; 443 by ALPN.", DefaultValueFactory = _ => MqttPortDefault };
        var alpn = new Option<string?>("--alpn") { HelpName = "NAME", Description = $"What ALPN asks for. Default: {DeviceEndpoint.MqttAlpn} on port 443, else nothing." };
        var ca = new Option<string?>("--ca") { HelpName = "PEM", Description = "The CA they trust. Default: /ca.pem of the service; AWS's is AmazonRootCA1.pem." };
        var seed = new Option<ulong>("--seed") { HelpName = "S", Description = "Who fails and when.", DefaultValueFactory = _ => 1 };
        var seconds = new Option<int?>("--for") { HelpName = "SECONDS", Description = "Switch them off after this long. Default: at Ctrl+C." };
        var command = new Command("up", "Register emulated devices, connect them and let them take updates, until Ctrl+C.")
        {
            devices, profile, fail, revert, offline, loss, prefix, group, state, image, mqtt, port, alpn, ca, seed, seconds,
        }.With(
            "godwit fleet up 100",
            "godwit fleet up 1000 --fail 3% --revert 0.5% --offline 10% --loss 1%",
            "godwit fleet up 5 --endpoint https://iot.eu-central-1.amazonaws.com --ca AmazonRootCA1.pem --state aws-fleet --port 443",
            "godwit update create rel2 --firmware fleet/app-2.0.0.bin --sign-key fleet/signer.pem --target thinggroup/emulated --follow");
        command.Asks(new ServiceOptions().AddTo(command, output: false), async (client, parsed, report, ct) =>
        {
            var plan = new FleetPlan(
                parsed.GetValue(devices), parsed.GetValue(prefix)!, parsed.GetValue(profile)!, parsed.GetValue(fail), parsed.GetValue(revert), parsed.GetValue(offline), parsed.GetValue(loss), parsed.GetValue(seed));
            var keys = new FleetKeys(parsed.GetValue(state)!);
            using var root = await Root(client, parsed.GetValue(ca), ct);
            var at = await Endpoint(client, parsed.GetValue(mqtt), parsed.GetValue(port), root, ct);
            if (parsed.GetValue(alpn) is { } asked)
                at = at with { Alpn = asked };
            keys.Signer().Dispose();
            keys.MakeImage(parsed.GetValue(image));
            var run = new FleetRun(client, plan, keys, at, report.Terminal);
            report.Terminal.Out.WriteLine(
                $"Their images must be signed with {keys.SignerFile}. In another terminal: godwit update create rel2 --firmware {keys.ImageFile} --sign-key {keys.SignerFile} --target thinggroup/{parsed.GetValue(group)} --protocol MQTT HTTP --follow");
            await run.Run(parsed.GetValue(group)!, parsed.GetValue(seconds) is { } limit ? TimeSpan.FromSeconds(limit) : null, ct);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A share is written as <c>3%</c> or <c>0.03</c>.</summary>
    private static Option<double> Share(string name, string description) => new(name)
    {
        HelpName = "SHARE",
        Description = description + " For example 3%.",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var percent = text.EndsWith('%');
            if (double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && (percent ? value / 100 : value) is >= 0 and <= 1 and var share)
                return share;
            result.AddError($"{name} takes a share such as 3% or 0.03, not '{text}'.");
            return 0;
        },
    };

    private static async Task<X509Certificate2> Root(ServiceClient client, string? file, CancellationToken ct)
    {
        if (file is not null)
            return X509CertificateLoader.LoadCertificateFromFile(file);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var answer = await http.GetAsync(new Uri(client.Target.Endpoint, "/ca.pem"), ct);
        if (!answer.IsSuccessStatusCode)
            throw new CliException(ExitCode.Unavailable, $"{client.Target.Endpoint}ca.pem answers {(int)answer.StatusCode}: name the CA that devices shall trust with --ca.");
        try
        {
            return X509Certificate2.CreateFromPem(await answer.Content.ReadAsStringAsync(ct));
        }
        catch (CryptographicException)
        {
            throw new CliException(ExitCode.Unavailable, $"{client.Target.Endpoint}ca.pem is no certificate: name the CA that devices shall trust with --ca.");
        }
    }

    private static async Task<DeviceEndpoint> Endpoint(ServiceClient client, string? named, int mqttPort, X509Certificate2 root, CancellationToken ct)
    {
        if (named is not null)
            return named.Split(':') is [{ Length: > 0 } host, var text] && int.TryParse(text, out var port)
                ? new DeviceEndpoint(host, port, root)
                : throw new CliException(ExitCode.Usage, $"--mqtt {named}: write HOST:PORT.");
        if (client.Target.MqttPort is { } local && mqttPort == MqttPortDefault)
            return new DeviceEndpoint("localhost", local, root);
        var address = (await client.Get("/endpoint?endpointType=iot:Data-ATS", ct)).Text("endpointAddress")!;
        return new DeviceEndpoint(address.Split(':')[0] is "127.0.0.1" ? "localhost" : address.Split(':')[0], mqttPort, root);
    }
}
