using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Policies;

/// <summary>What another slice does when policies change, inside the transaction of the change. Register it as a singleton.</summary>
public sealed record PolicyHook
{
    /// <summary>
    /// Other policies hold for these targets, named by the last part of their ARNs (session, caller, targets);
    /// null where they are too many to name.
    /// </summary>
    public Action<WriteSession, Caller, IReadOnlyList<string>?>? Changed { get; init; }
}

/// <summary>All hooks, in the order of their slices.</summary>
public sealed class PolicyHooks(IEnumerable<PolicyHook> hooks)
{
    /// <summary>More targets than this are told as "all": a fleet's one policy may have a million.</summary>
    private const int NamedMax = 100;

    private readonly PolicyHook[] _hooks = [.. hooks];

    internal void Changed(WriteSession session, Caller caller, IReadOnlyList<string>? targets)
    {
        foreach (var hook in _hooks)
            hook.Changed?.Invoke(session, caller, targets);
    }

    /// <summary>Another default version is another policy for every target.</summary>
    internal void DefaultVersionChanged(WriteSession session, Caller caller, string policy)
    {
        var targets = PolicyStore.Targets(session, caller.Account, policy, NamedMax + 1);
        Changed(session, caller, targets.Count > NamedMax ? null : targets);
    }
}
