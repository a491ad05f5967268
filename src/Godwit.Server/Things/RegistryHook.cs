using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>
/// What another slice does when the registry changes, inside the transaction of the change and in the name of its caller.
/// Register it in the slice: <c>services.AddSingleton(provider => new RegistryHook { Joined = … })</c>.
/// </summary>
public sealed record RegistryHook
{
    /// <summary>A thing has joined a group (session, caller, group, thing); joining a group joins those above it. Adding a member again is no event.</summary>
    public Action<WriteSession, Caller, string, string>? Joined { get; init; }

    /// <summary>A thing has left a group (session, caller, group, thing), and with it those above.</summary>
    public Action<WriteSession, Caller, string, string>? Left { get; init; }

    /// <summary>A thing has been created (session, caller, thing).</summary>
    public Action<WriteSession, Caller, string>? ThingCreated { get; init; }

    /// <summary>A thing's type or attributes have changed (session, caller, thing).</summary>
    public Action<WriteSession, Caller, string>? ThingChanged { get; init; }

    /// <summary>A thing has a new version, whether or not anything else of it has changed (session, caller, thing, the type that it had).</summary>
    public Action<WriteSession, Caller, string, string?>? ThingUpdated { get; init; }

    /// <summary>Says why a thing must stay, or null (session, caller, thing); asked before it is deleted.</summary>
    public Func<WriteSession, Caller, string, ServiceError?>? KeepsThing { get; init; }

    /// <summary>A thing is deleted (session, caller, thing). Its memberships can still be read; <see cref="Left"/> is not raised for them.</summary>
    public Action<WriteSession, Caller, string>? ThingDeleted { get; init; }

    /// <summary>A group is deleted (session, caller, group). Its members can still be read; <see cref="Left"/> is not raised for them.</summary>
    public Action<WriteSession, Caller, string>? GroupDeleted { get; init; }

    /// <summary>A group, static or dynamic, has been created or has a new version (session, caller, group, which of the two).</summary>
    public Action<WriteSession, Caller, string, RegistryChange>? GroupChanged { get; init; }

    /// <summary>A thing type has been created, changed or deprecated, or is deleted and can still be read (session, caller, type, which of them).</summary>
    public Action<WriteSession, Caller, string, RegistryChange>? TypeChanged { get; init; }
}

/// <summary>What became of an entry of the registry.</summary>
public enum RegistryChange
{
    Created,
    Updated,
    Deleted,
}

/// <summary>All hooks, in the order of their slices.</summary>
public sealed class RegistryHooks(IEnumerable<RegistryHook> hooks)
{
    private readonly RegistryHook[] _hooks = [.. hooks];

    internal void Joined(WriteSession session, Caller caller, string group, string thing)
    {
        foreach (var hook in _hooks)
            hook.Joined?.Invoke(session, caller, group, thing);
    }

    internal void Left(WriteSession session, Caller caller, string group, string thing)
    {
        foreach (var hook in _hooks)
            hook.Left?.Invoke(session, caller, group, thing);
    }

    internal void ThingCreated(WriteSession session, Caller caller, string thing)
    {
        foreach (var hook in _hooks)
            hook.ThingCreated?.Invoke(session, caller, thing);
    }

    internal void ThingChanged(WriteSession session, Caller caller, string thing)
    {
        foreach (var hook in _hooks)
            hook.ThingChanged?.Invoke(session, caller, thing);
    }

    internal void ThingUpdated(WriteSession session, Caller caller, string thing, string? formerType)
    {
        foreach (var hook in _hooks)
            hook.ThingUpdated?.Invoke(session, caller, thing, formerType);
    }

    internal void GroupChanged(WriteSession session, Caller caller, string group, RegistryChange change)
    {
        foreach (var hook in _hooks)
            hook.GroupChanged?.Invoke(session, caller, group, change);
    }

    internal void TypeChanged(WriteSession session, Caller caller, string type, RegistryChange change)
    {
        foreach (var hook in _hooks)
            hook.TypeChanged?.Invoke(session, caller, type, change);
    }

    internal ServiceError? KeepsThing(WriteSession session, Caller caller, string thing) =>
        _hooks.Select(hook => hook.KeepsThing?.Invoke(session, caller, thing)).FirstOrDefault(refusal => refusal is not null);

    internal void ThingDeleted(WriteSession session, Caller caller, string thing)
    {
        foreach (var hook in _hooks)
            hook.ThingDeleted?.Invoke(session, caller, thing);
    }

    internal void GroupDeleted(WriteSession session, Caller caller, string group)
    {
        foreach (var hook in _hooks)
            hook.GroupDeleted?.Invoke(session, caller, group);
    }
}
