using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Godwit.Core.Access;
using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Mqtt;

/// <summary>Makes one connection's rights of its identity's policies. A document is parsed once, however many devices share it.</summary>
internal sealed partial class PolicyCompiler(ILogger<PolicyCompiler> log)
{
    /// <summary>Documents kept parsed; past that all are parsed again, which costs time and nothing else.</summary>
    private const int ParsedMax = 4096;

    private readonly ConcurrentDictionary<(string Generation, long Version), Parsed> _parsed = new();

    public DeviceRights RightsOf(DeviceIdentity identity, X509Certificate2 certificate, ConnectFacts facts)
    {
        var parsed = identity.Policies.Select(Parse).ToList();
        // A document that cannot be read may hold a Deny: without knowing it, nothing is allowed.
        if (parsed.Exists(one => one.Policy is null))
            return DeviceRights.Nothing;
        var context = ContextOf(identity, facts);
        if (parsed.Exists(one => one.AsksForCertificate))
            context = CertificateVariables.AddTo(context, certificate);
        return new DeviceRights(PolicyEvaluator.Compile(parsed.Select(one => one.Policy!), context, identity.Account, identity.Region));
    }

    /// <summary>AWS: the thing's variables are known where the client id is its name and the certificate is attached to it.</summary>
    private static PolicyContext ContextOf(DeviceIdentity identity, ConnectFacts facts)
    {
        var known = new Dictionary<string, string>();
        if (facts.ClientId is { } clientId)
            known["iot:ClientId"] = clientId;
        if (facts.SourceIp is { } ip)
            known["aws:SourceIp"] = ip;
        var thing = identity.Things.FirstOrDefault(attached => attached.ThingName == facts.ThingName);
        known["iot:Connection.Thing.IsAttached"] = thing is null ? "false" : "true";
        if (thing is not null)
        {
            known["iot:Connection.Thing.ThingName"] = thing.ThingName;
            if (thing.ThingTypeName is { } type)
                known["iot:Connection.Thing.ThingTypeName"] = type;
            foreach (var (name, value) in thing.Attributes)
                known[$"iot:Connection.Thing.Attributes[{name}]"] = value;
        }
        return PolicyContext.Empty.With(known).With("iot:ConnectAttributes", [.. ConnectAttributes(facts)]);
    }

    private static IEnumerable<string> ConnectAttributes(ConnectFacts facts)
    {
        if (facts.IsPersistent)
            yield return "PersistentConnect";
        if (facts.HasWill)
            yield return "LastWill";
    }

    private Parsed Parse(DevicePolicy policy)
    {
        if (_parsed.TryGetValue((policy.GenerationId, policy.Version), out var known))
            return known;
        var read = IotPolicy.Parse(policy.Document);
        if (!read.IsOk)
            LogUnreadable(policy.PolicyName, policy.Version, read.Error.Message);
        if (_parsed.Count >= ParsedMax)
            _parsed.Clear();
        return _parsed[(policy.GenerationId, policy.Version)] = new Parsed(
            read.IsOk ? read.Value : null, policy.Document.Contains("iot:Certificate.", StringComparison.OrdinalIgnoreCase));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Version {Version} of policy {Policy} cannot be read, so devices that it is attached to may do nothing: {Why}")]
    private partial void LogUnreadable(string policy, long version, string why);

    private sealed record Parsed(IotPolicy? Policy, bool AsksForCertificate);
}
