using System.Globalization;

namespace Godwit.Server.Certificates;

/// <summary>Where a list by age goes on: behind the certificate of this time and id, in the list's direction.</summary>
/// <param name="List">The name that the list's tokens carry: those of another list or direction are not taken.</param>
internal readonly record struct AgeCursor(string List, long AfterMs, string AfterId)
{
    /// <summary>Null where the marker is none of this list's.</summary>
    public static AgeCursor? Read(string operation, string? marker, bool ascending)
    {
        var list = operation + (ascending ? "+" : "-");
        if (!PageToken.TryRead(list, marker, 2, out var after))
            return null;
        var afterMs = ascending ? -1 : long.MaxValue;
        if (after[0].Length > 0 && !long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out afterMs))
            return null;
        return new AgeCursor(list, afterMs, after[1]);
    }

    public static string[] KeyOf(long createdAtMs, string certificateId) => [createdAtMs.ToString(CultureInfo.InvariantCulture), certificateId];
}
