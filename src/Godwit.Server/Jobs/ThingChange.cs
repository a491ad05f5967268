using Godwit.Core.Jobs;

namespace Godwit.Server.Jobs;

/// <summary>One execution of a thing has changed: what it was and what it is among the thing's pending ones (null: not pending).</summary>
internal sealed record ThingChange(string Account, string Thing, OpenExecution? Before, OpenExecution? After);
