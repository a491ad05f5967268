using Godwit.Core;
using Godwit.Server.Storage;

namespace Godwit.Server.BillingGroups;

/// <summary>Rows of billing groups; which one a thing is in stands with the thing.</summary>
internal static class BillingGroupStore
{
    public static BillingGroupRow? Find(ReadSession session, string account, string group) =>
        session.First<BillingGroupRow>("SELECT * FROM billing_group WHERE account = @account AND group_name = @group", new { account, group });

    public static bool Exists(ReadSession session, string account, string group) => Find(session, account, group) is not null;

    /// <summary>The billing group of a thing, or null.</summary>
    public static string? OfThing(ReadSession session, string account, string thing) =>
        session.First<string?>("SELECT billing_group_name FROM thing WHERE account = @account AND thing_name = @thing", new { account, thing });

    public static void Move(WriteSession session, string account, string thing, string? group) => session.Execute(
        "UPDATE thing SET billing_group_name = @group WHERE account = @account AND thing_name = @thing", new { account, thing, group });

    public static ServiceError NotFound(string group) => Errors.ResourceNotFound($"Billing group {group} cannot be found.");
}

internal sealed record BillingGroupRow
{
    public string GroupName { get; init; } = "";

    public string GroupId { get; init; } = "";

    public string? Description { get; init; }

    public long Version { get; init; }

    public long CreatedAtMs { get; init; }
}

/// <summary>What a billing group says of itself.</summary>
public sealed record BillingGroupProperties
{
    public string? BillingGroupDescription { get; init; }
}

public sealed record BillingGroupMetadata(DateTimeOffset CreationDate);
