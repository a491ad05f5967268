namespace Godwit.Demo;

/// <summary>How large the demo is and what remains of it.</summary>
public sealed record DemoOptions(int Devices, bool Keep, bool Json, int ImageBytes, TimeSpan Patience, string? Database);
