using Godwit.Server.Hosting;

namespace Godwit.Server.OtaUpdates;

/// <summary>Wakes <see cref="OtaUpdateRunner"/>.</summary>
public sealed class OtaUpdateBell : StepBell;
