using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Things;
using Godwit.Server.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Mqtt;

/// <summary>Registers devices by the operations that a user would call.</summary>
public sealed class Registrar(IServiceProvider services)
{
    /// <summary>What desk tests and too many products use.</summary>
    public const string WidePolicy =
        """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*"}}""";

    private T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>A registered certificate, attached to a thing and with one policy unless told otherwise.</summary>
    public async Task<TestDevice> Register(
        string? thing = null, string? policy = DeviceDoorUnderTest.ThingPolicy, string account = DeviceDoorUnderTest.Account, string status = "ACTIVE", DateTimeOffset? end = null)
    {
        var (device, caller) = (Make(end), UserOf(account));
        await Do<RegisterCertificateWithoutCa, RegisterCertificateWithoutCa.Request, RegisterCertificateWithoutCa.Response>(
            caller, new() { CertificatePem = device.Pem, Status = status });
        if (thing is not null)
        {
            await Do<CreateThing, CreateThing.Request, CreateThing.Response>(caller, new() { ThingName = thing });
            await Do<AttachThingPrincipal, AttachThingPrincipal.Request, Nothing>(caller, new() { ThingName = thing, Principal = caller.IotArn("cert/" + device.Id) });
        }
        if (policy is not null)
        {
            await Do<CreatePolicy, CreatePolicy.Request, CreatePolicy.Response>(caller, new() { PolicyName = PolicyOf(device), PolicyDocument = policy });
            await Do<AttachPolicy, AttachPolicy.Request, Nothing>(caller, new() { PolicyName = PolicyOf(device), Target = caller.IotArn("cert/" + device.Id) });
        }
        return device;
    }

    /// <summary>A certificate that the CA signed and nobody registered.</summary>
    public TestDevice Make(DateTimeOffset? end = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=device {Guid.CreateVersion7()}", key, HashAlgorithmName.SHA256);
        if (end is { } past)
            return new TestDevice(request.CreateSelfSigned(past.AddDays(-1), past));
        using var signed = Get<CertificateAuthority>().IssueDevice(request.SubjectName, request.PublicKey);
        using var whole = signed.CopyWithPrivateKey(key);
        return new TestDevice(whole);
    }

    /// <summary>Calls an operation as a user of the account would; it must succeed.</summary>
    public async Task<TResponse> Do<TOperation, TRequest, TResponse>(Caller caller, TRequest request) where TOperation : IOperation<TRequest, TResponse>
    {
        var result = await Get<TOperation>().Handle(caller, request, TestContext.Current.CancellationToken);
        Assert.True(result.IsOk, result.Error?.Message);
        return result.Value;
    }

    public static Caller UserOf(string account) => new(account, "us-east-1", $"arn:aws:iam::{account}:root", "AKIATEST");

    public static string PolicyOf(TestDevice device) => "policy-" + device.Id[..12];

    public SslClientAuthenticationOptions ClientTls(TestDevice? device, SslProtocols protocols = SslProtocols.None) => new()
    {
        TargetHost = "localhost",
        EnabledSslProtocols = protocols,
        ClientCertificates = device is null ? null : [device.Certificate],
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { Get<CertificateAuthority>().Certificate },
        },
    };
}

/// <summary>A device's certificate with its key.</summary>
public sealed class TestDevice(X509Certificate2 certificate)
{
    /// <summary>A client key must come from a container that the TLS library can use.</summary>
    public X509Certificate2 Certificate { get; } = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);

    public string Id => Convert.ToHexStringLower(SHA256.HashData(Certificate.RawData));

    public string Pem => Certificate.ExportCertificatePem();
}
