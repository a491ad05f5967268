using Godwit.Core.FleetIndexing;

namespace Godwit.Server.FleetIndexing;

/// <summary>What a query finds in one index.</summary>
internal interface IIndexView
{
    IndexSchema Schema { get; }

    /// <summary>Documents behind a name, in the order of their names.</summary>
    List<IndexedDocument> Search(string after, int limit);

    int Count();

    /// <summary>The values of a field of all that is found, one at a time.</summary>
    IEnumerable<string> Values(IndexField field);
}
