using System.Text.RegularExpressions;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

/// <summary>Resolving a large group asks of each thing whether it waits already: by the whole key, whatever the database last counted.</summary>
public sealed partial class PendingPlanTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Whether_a_thing_waits_by_another_target_is_found_by_the_whole_key()
    {
        await _host.MakeLargeGroup("many", "m", 6_000);
        await _host.Create("earlier", [JobsHost.GroupArn("many")]);
        await _host.Run();
        var database = _host.Get<Database>();
        // Statistics of one job's things, as they are when the next one is created.
        await database.Write(session => session.Execute("ANALYZE job_pending"), JobsHost.Ct);

        // SQLite has the functions of the shuffle where it writes.
        var plan = await database.Write(Explain, JobsHost.Ct);

        var conditions = Conditions(plan);
        Assert.NotEmpty(conditions);
        Assert.All(conditions, condition => Assert.True(WholeKey().IsMatch(condition), string.Join('\n', plan)));
    }

    /// <summary>By what each look into <c>job_pending</c> is done: in SQLite's words or PostgreSQL's.</summary>
    private static List<string> Conditions(List<string> plan) =>
    [
        .. plan.Where(line => line.StartsWith("SEARCH p ", StringComparison.Ordinal) || line.StartsWith("SCAN p", StringComparison.Ordinal)),
        .. plan.Zip(plan.Skip(1)).Where(pair => pair.First.Contains(" job_pending p ", StringComparison.Ordinal)).Select(pair => pair.Second),
    ];

    private static List<string> Explain(WriteSession session)
    {
        using var command = session.Command((TestStorage.Server is not null ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + JobTargets.ExpandSql);
        foreach (var (name, value) in new (string, object)[]
                 {
                     ("key", 2L), ("position", 0L), ("account", JobsHost.Caller.Account), ("group", "many"), ("from", ""), ("to", "m05000"), ("seed", "7"),
                 })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
            lines.Add(reader.GetString(reader.FieldCount - 1));
        return lines;
    }

    [GeneratedRegex("job_key ?=.*position\"? ?=.*thing_name ?=")]
    private static partial Regex WholeKey();
}
