using Godwit.Server.Storage;

namespace Godwit.Server.Things;

/// <summary>Rows of things and of the attributes that lists search.</summary>
internal static class ThingStore
{
    public static ThingRow? Find(ReadSession session, string account, string thing) =>
        session.First<ThingRow>("SELECT * FROM thing WHERE account = @account AND thing_name = @thing", new { account, thing });

    public static bool HasBillingGroup(ReadSession session, string account, string group) =>
        session.First<long>("SELECT 1 FROM billing_group WHERE account = @account AND group_name = @group", new { account, group }) != 0;

    public static void Insert(WriteSession session, string account, ThingRow row)
    {
        session.Execute(
            """
            INSERT INTO thing (account, thing_name, thing_id, thing_type_name, billing_group_name, attributes, version, created_at_ms)
            VALUES (@account, @ThingName, @ThingId, @ThingTypeName, @BillingGroupName, @Attributes, @Version, @CreatedAtMs)
            """,
            new { account, row.ThingName, row.ThingId, row.ThingTypeName, row.BillingGroupName, row.Attributes, row.Version, row.CreatedAtMs });
        Index(session, account, row);
    }

    public static void Update(WriteSession session, string account, ThingRow row, bool attributesChanged)
    {
        session.Execute(
            "UPDATE thing SET thing_type_name = @ThingTypeName, attributes = @Attributes, version = @Version WHERE account = @account AND thing_name = @ThingName",
            new { account, row.ThingName, row.ThingTypeName, row.Attributes, row.Version });
        if (attributesChanged)
            Index(session, account, row);
    }

    /// <summary>Brings the searchable attributes in line with what the row will hold.</summary>
    public static void Unindex(WriteSession session, string account, ThingRow row)
    {
        foreach (var (name, value) in AttributeText.Read(row.Attributes))
            session.Execute(
                """
                DELETE FROM thing_attribute
                WHERE account = @account AND attribute_name = @name AND attribute_value = @value AND thing_name = @ThingName
                """,
                new { account, name, value, row.ThingName });
    }

    public static void Delete(WriteSession session, string account, ThingRow row)
    {
        Unindex(session, account, row);
        session.Execute("DELETE FROM thing_group_member WHERE account = @account AND thing_name = @ThingName", new { account, row.ThingName });
        session.Execute("DELETE FROM thing WHERE account = @account AND thing_name = @ThingName", new { account, row.ThingName });
    }

    private static void Index(WriteSession session, string account, ThingRow row)
    {
        foreach (var (name, value) in AttributeText.Read(row.Attributes))
            session.Execute(
                """
                INSERT INTO thing_attribute (account, attribute_name, attribute_value, thing_name)
                VALUES (@account, @name, @value, @ThingName)
                """,
                new { account, name, value, row.ThingName });
    }
}

internal sealed record ThingRow
{
    public string ThingName { get; init; } = "";

    public string ThingId { get; init; } = "";

    public string? ThingTypeName { get; init; }

    public string? BillingGroupName { get; init; }

    public string Attributes { get; init; } = "{}";

    public long Version { get; init; }

    public long CreatedAtMs { get; init; }
}
