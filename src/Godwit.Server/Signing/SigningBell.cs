using Godwit.Server.Hosting;

namespace Godwit.Server.Signing;

/// <summary>Wakes <see cref="SigningRunner"/>.</summary>
public sealed class SigningBell : StepBell;
