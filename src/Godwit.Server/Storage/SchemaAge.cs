namespace Godwit.Server.Storage;

/// <summary>A database's schema beside the one that this program knows.</summary>
public enum SchemaAge
{
    /// <summary>Nothing was ever written.</summary>
    Empty,

    Same,

    /// <summary>The next start brings it up to date.</summary>
    Older,

    /// <summary>This program cannot use it.</summary>
    Newer,
}
