using Godwit.Server.Certificates;
using Godwit.Server.Policies;
using Godwit.Server.Storage;
using Godwit.Server.Things;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Server.Tests.Things;

/// <summary>On a million rows a page must be found in a key: nothing is walked from its start, nothing of a list's size is sorted.</summary>
public sealed class RegistryPlanTests
{
    public static TheoryData<string, string, string> Lists => new()
    {
        { nameof(ListThings.All), ListThings.All, "thing USING PRIMARY KEY (account=? AND thing_name>?)" },
        { nameof(ListThings.OfType), ListThings.OfType, "thing USING COVERING INDEX thing_by_type (thing_type_name=? AND account=? AND thing_name>?)" },
        { nameof(ListThings.WithAttribute), ListThings.WithAttribute, "attribute_name=? AND (attribute_value,thing_name)>(?,?)" },
        { nameof(ListThingsInThingGroup.Direct), ListThingsInThingGroup.Direct, "(account=? AND group_name=? AND thing_name>?)" },
        { nameof(ListThingsInThingGroup.Below), ListThingsInThingGroup.Below, "m USING PRIMARY KEY (account=? AND group_name=?)" },
        { "ListCertificates oldest", ListCertificates.OldestFirst, "(account=? AND (created_at_ms,certificate_id)>(?,?))" },
        { "ListCertificates newest", ListCertificates.NewestFirst, "(account=? AND (created_at_ms,certificate_id)<(?,?))" },
        { "ListPolicies oldest", ListPolicies.OldestFirst, "(account=? AND (created_at_ms,policy_name)>(?,?))" },
        { "ListPolicies newest", ListPolicies.NewestFirst, "(account=? AND (created_at_ms,policy_name)<(?,?))" },
        { "ListJobs", Godwit.Server.Jobs.ListJobs.NewestFirst, "j USING INDEX job_newest (account=? AND created_at_ms<?)" },
        { "ListPolicyPrincipals", ListPolicyPrincipals.Ascending, "(policy_name=? AND account=? AND target>? AND target<?)" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_page_is_found_in_its_key(string list, string sql, string step)
    {
        var plan = await Plan(sql);
        Assert.True(plan.Exists(line => line.Contains(step, StringComparison.Ordinal)), list + ":\n" + string.Join('\n', plan));
        // A sub-select's own rows (at most a page) may be walked and sorted; a table may not.
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN ", StringComparison.Ordinal) && line is not ("SCAN first" or "SCAN later"));
        if (list != nameof(ListThingsInThingGroup.Below))
            Assert.DoesNotContain(plan, line => line.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    public static TheoryData<string, string> Lookups => new()
    {
        { nameof(Membership.ThingsOfGroupSql), Membership.ThingsOfGroupSql },
        { nameof(Membership.GroupsOfThingSql), Membership.GroupsOfThingSql },
        { nameof(DevicePolicy.OfCertificate), DevicePolicy.OfCertificate },
        { nameof(DevicePolicy.OfGroups), DevicePolicy.OfGroups },
        { nameof(ListAttachedPolicies.WithAbove), ListAttachedPolicies.WithAbove },
    };

    [Theory]
    [MemberData(nameof(Lookups))]
    public async Task A_look_up_names_more_than_the_account_at_every_step(string lookup, string sql)
    {
        var plan = await Plan(sql);
        Assert.NotEmpty(plan);
        Assert.DoesNotContain(plan, line => line.Contains("(account=?)", StringComparison.Ordinal));
        Assert.False(plan.Exists(line => line.StartsWith("SCAN ", StringComparison.Ordinal)), lookup + ":\n" + string.Join('\n', plan));
    }

    private static async Task<List<string>> Plan(string sql)
    {
        // The plans are SQLite's, whatever database the other tests run on.
        var folder = Directory.CreateTempSubdirectory("godwit-plan-").FullName;
        await using (var database = Database.Open(Path.Combine(folder, "godwit.db"), TimeProvider.System, NullLogger<Database>.Instance))
        {
            var plan = await database.Read(session => Explain(session, sql), TestContext.Current.CancellationToken);
            await database.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            return plan;
        }
    }

    private static List<string> Explain(ReadSession session, string sql)
    {
        using var command = session.Command("EXPLAIN QUERY PLAN " + sql);
        foreach (var name in System.Text.RegularExpressions.Regex.Matches(sql, @"@\w+").Select(match => match.Value).Distinct())
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, name == "@Limit" ? 5L : "x");
            command.Parameters.Add(parameter);
        }
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
            lines.Add(reader.GetString(3));
        return lines;
    }
}
