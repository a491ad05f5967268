namespace Godwit.Core.FleetIndexing;

/// <summary>What the fleet index refuses.</summary>
public static class IndexErrors
{
    public static ServiceError InvalidQuery(string message) => new("InvalidQueryException", 400, message);

    public static ServiceError InvalidAggregation(string message) => new("InvalidAggregationException", 400, message);

    public static ServiceError IndexOff(string index, string remedy) =>
        Errors.ResourceNotFound($"Index {index} cannot be found, because indexing is off. {remedy}");

    public static ServiceError NoIndex(string index) =>
        Errors.ResourceNotFound($"Index {index} cannot be found. The indices are {IndexNames.Things} and {IndexNames.ThingGroups}.");
}

/// <summary>The two indices that there are.</summary>
public static class IndexNames
{
    public const string Things = "AWS_Things";

    public const string ThingGroups = "AWS_ThingGroups";

    /// <summary>The only version of the query language.</summary>
    public const string QueryVersion = "2017-09-30";
}
