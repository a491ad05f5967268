namespace Godwit.Server.Iam;

/// <summary>Whether permissions are asked for.</summary>
public enum AccessMode
{
    /// <summary>Users and sessions may do what their policies allow; roles are checked in accounts that have any.</summary>
    Enforced,

    /// <summary>For desk work: who may sign may do everything, and any role will do.</summary>
    Permissive,
}
