namespace Godwit.Doctor;

/// <summary>How a check came out.</summary>
public enum FindingState
{
    Ok,

    /// <summary>It works, but not for long, or not for everybody.</summary>
    Warning,

    Fault,

    /// <summary>Nothing to look at.</summary>
    Skipped,
}

/// <summary>What one check has found, and what to do about it.</summary>
public sealed record Finding(string Check, FindingState State, string What, string? Remedy = null);
