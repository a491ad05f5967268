using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;
using Godwit.Server.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Hosting;
using Godwit.Server.Mqtt;
using Godwit.Server.Placement;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Godwit.Server.Tls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>The device front door with the registry behind it and a small service of its own, on real sockets and a folder of its own.</summary>
public sealed class DeviceDoorUnderTest : IAsyncDisposable
{
    public const string Account = "000000000000";
    public const string OtherAccount = "123456789012";

    /// <summary>The policy that AWS's guides give to devices.</summary>
    public const string ThingPolicy =
        """
        {"Version":"2012-10-17","Statement":[
          {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:us-east-1:*:client/${iot:Connection.Thing.ThingName}"},
          {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:us-east-1:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/desk/*"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:us-east-1:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/desk/*"},
          {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:us-east-1:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*"}]}
        """;

    /// <summary>What desk tests and too many products use.</summary>
    public const string WidePolicy = Registrar.WidePolicy;

    /// <summary>What the service promises for changes to act on live connections.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _folder;
    private readonly DataDirectory _data;
    private readonly ServiceProvider _services;

    private DeviceDoorUnderTest(string folder, DataDirectory data, ServiceProvider services) => (_folder, _data, _services) = (folder, data, services);

    internal Registrar Registrar => new(_services);

    internal Endpoints Endpoints => Get<Endpoints>();

    internal DeskService Desk => Get<DeskService>();

    internal IDeviceLink Link => Get<IDeviceLink>();

    public static async Task<DeviceDoorUnderTest> Open(
        Func<ServerOptions, ServerOptions>? configure = null, TimeProvider? time = null)
    {
        var folder = TestStorage.Prepare(Directory.CreateTempSubdirectory("godwit-door-").FullName);
        var data = DataDirectory.Open(folder);
        var options = new ServerOptions { DataDirectory = folder, ApiPort = 0, MqttPort = 0, HttpsPort = 0, TimeoutGrace = TimeSpan.Zero };
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(configure?.Invoke(options) ?? options);
        services.AddSingleton(data);
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddSingleton<Endpoints>();
        services.AddSingleton(s => Database.Open(TestStorage.DialectOf(folder), TimeProvider.System, s.GetRequiredService<Microsoft.Extensions.Logging.ILogger<Database>>()));
        services.AddSingleton<AccessKeys>();
        var operations = Slices.Add(services);
        services.AddSingleton<DeskService>();
        services.AddSingleton<ITopicService>(s => s.GetRequiredService<DeskService>());
        services.AddDeviceDoor(operations);
        var provider = services.BuildServiceProvider();
        foreach (var hosted in provider.GetServices<IHostedService>().OfType<DeviceDoor>())
            await hosted.StartAsync(TestContext.Current.CancellationToken);
        return new DeviceDoorUnderTest(folder, data, provider);
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A registered certificate, attached to a thing and with one policy unless told otherwise.</summary>
    public Task<TestDevice> Register(
        string? thing = null, string? policy = ThingPolicy, string account = Account, string status = "ACTIVE", DateTimeOffset? end = null) =>
        Registrar.Register(thing, policy, account, status, end);

    /// <summary>A certificate that the CA signed and nobody registered.</summary>
    public TestDevice MakeDevice() => Registrar.Make();

    public Task SetStatus(TestDevice device, string status) => Change(device, () =>
        Registrar.Do<UpdateCertificate, UpdateCertificate.Request, Nothing>(Registrar.UserOf(Account), new() { CertificateId = device.Id, NewStatus = status }));

    public Task DetachPolicy(TestDevice device) => Change(device, () =>
        Registrar.Do<DetachPolicy, DetachPolicy.Request, Nothing>(Registrar.UserOf(Account), new() { PolicyName = Registrar.PolicyOf(device), Target = Registrar.UserOf(Account).IotArn("cert/" + device.Id) }));

    public Task AttachPolicy(TestDevice device) => Change(device, () =>
        Registrar.Do<AttachPolicy, AttachPolicy.Request, Nothing>(Registrar.UserOf(Account), new() { PolicyName = Registrar.PolicyOf(device), Target = Registrar.UserOf(Account).IotArn("cert/" + device.Id) }));

    public Task SetPolicy(TestDevice device, string document) => Change(device, () =>
        Registrar.Do<CreatePolicyVersion, CreatePolicyVersion.Request, CreatePolicyVersion.Response>(
            Registrar.UserOf(Account), new() { PolicyName = Registrar.PolicyOf(device), PolicyDocument = document, SetAsDefault = true }));

    /// <summary>A connection over TLS on which nothing has been sent yet.</summary>
    public async Task<RawClient> Dial(TestDevice? device, ProtocolLevel level = ProtocolLevel.V311) => RawClient.On(await DialTls(device), level);

    public async Task<SslStream> DialTls(TestDevice? device, Func<Stream, Stream>? tap = null, SslProtocols protocols = SslProtocols.None)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Endpoints.MqttPort, TestContext.Current.CancellationToken);
        var stream = new NetworkStream(socket, ownsSocket: true);
        var tls = new SslStream(tap?.Invoke(stream) ?? stream);
        await tls.AuthenticateAsClientAsync(Registrar.ClientTls(device, protocols), TestContext.Current.CancellationToken);
        return tls;
    }

    /// <summary>Connected, as a device is that trusts this installation's CA.</summary>
    public async Task<RawClient> Connect(
        TestDevice device, string clientId, ProtocolLevel level = ProtocolLevel.V311, bool clean = true, ushort keepAlive = 60, Will? will = null)
    {
        var client = await Dial(device, level);
        var answer = await client.Connect(clientId, clean, keepAlive, will);
        Assert.Equal(0, answer.Code);
        return client;
    }

    public async Task<RawClient> ConnectPlain(string clientId)
    {
        var client = await RawClient.Open(new IPEndPoint(IPAddress.Loopback, Endpoints.MqttPlainPort!.Value));
        Assert.Equal(0, (await client.Connect(clientId)).Code);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Get<DeviceDoor>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _data.Dispose();
        TestStorage.Drop(_folder);
    }

    /// <summary>Waits until the client has left.</summary>
    public async Task Gone(string clientId, string account = Account)
    {
        var presence = Get<Presence>();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        presence.Changed += Look;
        Look(account, clientId);
        await gone.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        presence.Changed -= Look;

        void Look(string inAccount, string client)
        {
            if ((inAccount, client) == (account, clientId) && !presence.IsConnected(account, clientId))
                gone.TrySetResult();
        }
    }

    /// <summary>Returns once the change is durable and acts on the device's connections, if it has any.</summary>
    public async Task Change(TestDevice device, Func<Task> change)
    {
        var keeper = Get<RightsKeeper>();
        var refreshed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        keeper.Refreshed += Look;
        var live = Get<LiveDevices>().Of(device.Id).Count > 0;
        await change();
        if (live)
            await refreshed.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        keeper.Refreshed -= Look;

        void Look(string certificateId)
        {
            if (certificateId == device.Id)
                refreshed.TrySetResult();
        }
    }
}
