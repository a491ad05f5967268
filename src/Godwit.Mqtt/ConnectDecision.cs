using Godwit.Mqtt.Packets;

namespace Godwit.Mqtt;

/// <summary>The host's answer to a <see cref="ConnectAttempt"/>.</summary>
public sealed record ConnectDecision
{
    internal bool IsAccepted { get; private init; }

    internal object? State { get; private init; }

    internal ConnectionLimits? Limits { get; private init; }

    internal ReasonCode Reason { get; private init; }

    internal bool? SilentV311 { get; private init; }

    internal string Domain { get; private init; } = "";

    /// <param name="state">Becomes <see cref="IConnection.State"/>.</param>
    /// <param name="limits">Replaces the profile's limits for this connection.</param>
    /// <param name="domain">
    /// A world of its own, compared byte by byte: client ids (takeover), sessions, subscriptions, shared groups, retained messages and wills of
    /// one domain never meet those of another. The broker gives it no other meaning.
    /// </param>
    public static ConnectDecision Accept(object? state, ConnectionLimits? limits = null, string domain = "") =>
        new() { IsAccepted = true, State = state, Limits = limits, Domain = domain };

    /// <summary>
    /// Level 5 is answered CONNACK with the reason. Level 4 sees the connection close without CONNACK, or the return code that
    /// corresponds, as <paramref name="silentV311"/> or else the profile says.
    /// </summary>
    public static ConnectDecision Refuse(ReasonCode reason, bool? silentV311 = null) =>
        new() { Reason = reason, SilentV311 = silentV311 };
}
