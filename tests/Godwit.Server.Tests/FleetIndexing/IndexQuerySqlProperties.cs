using CsCheck;
using Godwit.Core.FleetIndexing;
using Godwit.Server.FleetIndexing;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Things;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.FleetIndexing;

/// <summary>The database finds what the rule finds: any query over any fleet, both ways.</summary>
public sealed class IndexQuerySqlProperties : IAsyncLifetime
{
    private static readonly string[] Values = ["a", "A", "ab", "abc", "a_c", "a%c", "7", "-7", "7.5", "07", "70", "7.5.1", ".", "-", "1e3", "b-2"];

    private static readonly IndexSchema Schema = IndexSchema.Things(connectivity: true, shadows: true);

    private static readonly Gen<string> Text = Pick([.. Values, "a*", "a?", "?", "a*c", "*", "7*", "\\*", "\"a\"", "ab?", "a_*"]);

    private static readonly Gen<string> Field = Pick(
        "thingName", "thingTypeName", "thingGroupNames", "attributes.x", "attributes.y", "attributes.z", "connectivity.disconnectReason");

    private static readonly Gen<string> Term = Gen.OneOf(
        Gen.Select(Field, Text, (field, text) => $"{field}:{text}"),
        Text,
        Gen.Select(Field, Pick("<", "<=", ">", ">="), Pick(Values), (field, side, text) => $"{field}{side}{text}"),
        Gen.Select(Field, Pick("[", "{"), Pick([.. Values, "*"]), Pick([.. Values, "*"]), Pick("]", "}"))
            .Select((field, open, low, high, close) => $"{field}:{open}{low} TO {high}{close}"),
        Pick("connectivity.connected:true", "connectivity.connected:false", "connectivity.timestamp>2", "connectivity.timestamp:*", "registry.version:1", "registry.version>1"));

    private Registry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await Registry.Start();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Sql_and_rule_agree_on_every_query()
    {
        await MakeFleet();
        var queries = new List<string>();
        Query(3).Where(text => IndexQueryReader.Read(text, Schema).IsOk).Sample(queries.Add, iter: 400, threads: 1);
        Assert.True(queries.Count >= 400, $"Only {queries.Count} queries.");

        await _registry.Get<Database>().Read(session =>
        {
            var names = session.Query<string>("SELECT thing_name FROM thing WHERE account = @Account", new { Registry.Anna.Account });
            foreach (var statics in new[] { false, true })
            {
                var fleet = IndexedThings.Load(session, Registry.Anna.Account, names, statics);
                foreach (var text in queries)
                {
                    var read = IndexQueryReader.Read(text, Schema).Value;
                    var sql = IndexQuerySql.Of(read, Registry.Anna.Account, statics);
                    var found = session.Query<string>($"SELECT t.thing_name FROM thing t WHERE t.account = @account AND {sql.Where} ORDER BY t.thing_name", sql.Args());
                    Assert.True(fleet.Where(thing => thing.Fits(read)).Select(thing => thing.Name).SequenceEqual(found), $"{text} (static groups only: {statics}) found {string.Join(' ', found)} by {sql.Where}");
                }
            }
            return 0;
        }, TestContext.Current.CancellationToken);
    }

    private static Gen<string> Query(int depth) => depth == 0 ? Term : Gen.OneOf(
        Term,
        Gen.Select(Query(depth - 1), Query(depth - 1), (a, b) => $"({a} AND {b})"),
        Gen.Select(Query(depth - 1), Query(depth - 1), (a, b) => $"({a} OR {b})"),
        Query(depth - 1).Select(a => $"NOT ({a})"));

    private static Gen<string> Pick(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private async Task MakeFleet()
    {
        foreach (var type in new[] { "a", "AB" })
            await _registry.Do(_registry.Get<CreateThingType>(), new CreateThingType.Request { ThingTypeName = type });
        foreach (var group in new[] { "a", "b-2", "ABC" })
            await _registry.Group(group);
        await _registry.Do(
            _registry.Get<UpdateIndexingConfiguration>(),
            new UpdateIndexingConfiguration.Request { ThingIndexingConfiguration = new ThingIndexingConfiguration { ThingIndexingMode = "REGISTRY" } });
        await _registry.Do(_registry.Get<CreateDynamicThingGroup>(), new CreateDynamicThingGroup.Request { ThingGroupName = "ab", QueryString = "attributes.x:*" });
        for (var i = 0; i < 40; i++)
        {
            var name = "a" + (i % 3 == 0 ? "B" : "b") + i;
            string At(int step) => Values[(i * step + step) % Values.Length];
            var attributes = new Dictionary<string, string> { ["x"] = At(1), ["y"] = At(3) };
            if (i % 4 == 0)
                attributes.Remove("y");
            await _registry.Thing(name, i % 3 == 1 ? "a" : i % 3 == 2 ? "AB" : null, attributes);
            if (i % 2 == 0)
                await _registry.Add(name, i % 4 == 0 ? "a" : "b-2");
            if (i % 5 == 0)
                await _registry.Add(name, "ABC");
        }
        await _registry.Get<Database>().Write(
            session => session.Execute(
                """
                INSERT INTO thing_connectivity (account, thing_name, connected, at_ms, reason)
                SELECT account, thing_name, CASE WHEN thing_name < 'ab2' THEN 1 ELSE 0 END, length(thing_name), CASE WHEN thing_name < 'ab2' THEN NULL ELSE 'abc' END
                FROM thing WHERE thing_name <> 'aB0'
                """),
            TestContext.Current.CancellationToken);
    }

}
