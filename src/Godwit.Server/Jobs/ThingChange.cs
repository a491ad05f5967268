using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>One execution of a thing has changed: what it was and what it is among the thing's pending ones (null: not pending).</summary>
internal sealed record ThingChange(string Account, string Thing, OpenExecution? Before, OpenExecution? After);

/// <summary>What is to be sent of a change, decided in its transaction by what was so then: what changes later has pushes of its own.</summary>
/// <param name="List"><c>notify</c> is due.</param>
/// <param name="Next"><c>notify-next</c> is due.</param>
/// <param name="Head">The thing's next execution then; null for none.</param>
internal sealed record ThingPush(string Account, string Thing, bool List, bool Next, (string JobId, long Number)? Head);
