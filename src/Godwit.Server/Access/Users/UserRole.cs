namespace Godwit.Server.Access.Users;

/// <summary>What a person may do; each role may do all that the ones before it may.</summary>
public enum UserRole
{
    /// <summary>Sees everything but users and keys; changes nothing.</summary>
    Viewer,

    /// <summary>Makes updates and steers them; registers devices.</summary>
    Operator,

    /// <summary>Deletes, and decides what is trusted: certificates, policies, signing.</summary>
    Approver,

    /// <summary>Users and keys, and what no other role is named for.</summary>
    Admin,
}

/// <summary>The roles' names in requests, answers and tables.</summary>
public static class UserRoles
{
    public static string Wire(this UserRole role) => role.ToString().ToLowerInvariant();

    public static UserRole? Parse(string? wire) => wire switch
    {
        "viewer" => UserRole.Viewer,
        "operator" => UserRole.Operator,
        "approver" => UserRole.Approver,
        "admin" => UserRole.Admin,
        _ => null,
    };
}
