using Godwit.Core.Access;

namespace Godwit.Server.Mqtt;

/// <summary>
/// What one connection may do, by the policies that stood when this was made; a change makes a new one. What may be received is asked for every
/// delivery, on any thread, so the latest answers are kept; their number is bounded.
/// </summary>
internal sealed class DeviceRights
{
    /// <summary>Topics of one connection whose answer is remembered: a device listens to a handful.</summary>
    private const int RememberedMax = 16;

    private readonly PolicyEvaluator? _policies;
    private readonly bool _otherwise;
    private volatile Answer[] _remembered = [];

    public DeviceRights(PolicyEvaluator policies) => _policies = policies;

    private DeviceRights(bool always) => _otherwise = always;

    /// <summary>For the plain listener, where nobody is anybody.</summary>
    public static DeviceRights Everything { get; } = new(always: true);

    public static DeviceRights Nothing { get; } = new(always: false);

    public bool MayConnect(string clientId) => Allows(IotAction.Connect, clientId);

    public bool MayPublish(string topic) => Allows(IotAction.Publish, topic);

    public bool MayRetain(string topic) => Allows(IotAction.RetainPublish, topic);

    public bool MaySubscribe(string filter) => Allows(IotAction.Subscribe, filter);

    public bool MayReceive(string topic)
    {
        if (_policies is null)
            return _otherwise;
        var remembered = _remembered;
        foreach (var answer in remembered)
            if (answer.Topic == topic)
                return answer.Allowed;

        var allowed = _policies.Allows(IotAction.Receive, topic);
        // Two threads may both add and one answer be lost: it is asked again.
        var kept = remembered.Length < RememberedMax ? remembered : remembered[1..];
        _remembered = [.. kept, new Answer(topic, allowed)];
        return allowed;
    }

    /// <param name="name">What stands behind the kind in the resource's ARN: a topic, a thing's name.</param>
    public bool Allows(IotAction action, string name) => _policies?.Allows(action, name) ?? _otherwise;

    private sealed record Answer(string Topic, bool Allowed);
}
