using System.Xml.Linq;
using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.Iam;

/// <summary>What roles and users have in common: lists in pages, and what must go before they can.</summary>
internal static class EntityList
{
    public const int PageDefault = 100, PageMax = 1000;

    public static Result<XElement[]> Of(IamCall call, ReadSession session, string kind, string list, Func<IamEntity, XElement> element)
    {
        var (prefix, size) = (call.Form.PathPrefix(), call.Form.Number("MaxItems", 1, PageMax, PageDefault));
        var marker = call.Form.Optional("Marker", 1, 4096, null, "");
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (!PageToken.TryRead(list, marker, 1, out var after))
            return BadMarker;
        var rows = IamStore.List(session, call.Account, kind, prefix, after[0], size + 1);
        return IamXml.Page(list, PageToken.Page(list, rows, size, element, row => [row.NameKey]));
    }

    /// <summary>Short lists (the policies of one role) in pages all the same.</summary>
    public static Result<XElement[]> Of<T>(IamCall call, string list, IEnumerable<T> all, Func<T, string> key, Func<T, XElement> element)
    {
        var size = call.Form.Number("MaxItems", 1, PageMax, PageDefault);
        var marker = call.Form.Optional("Marker", 1, 4096, null, "");
        if (call.Form.Refusal is { } refusal)
            return refusal;
        if (!PageToken.TryRead(list, marker, 1, out var after))
            return BadMarker;
        var rows = all.Where(row => string.CompareOrdinal(key(row), after[0]) > 0).OrderBy(key, StringComparer.Ordinal).Take(size + 1).ToList();
        return IamXml.Page(list, PageToken.Page(list, rows, size, element, row => [key(row)]));
    }

    /// <summary>AWS deletes no entity that still has policies.</summary>
    public static ServiceError? Burden(ReadSession session, IamEntity entity)
    {
        if (IamStore.Attached(session, entity).Count > 0)
            return IamErrors.DeleteConflict("Cannot delete entity, must detach all policies first.");
        return IamStore.Inline(session, entity).Count > 0 ? IamErrors.DeleteConflict("Cannot delete entity, must delete policies first.") : null;
    }

    private static ServiceError BadMarker => IamErrors.ValidationError("Marker is not one that this list gave. Start the list again without it.");
}
