using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Core.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Events;

/// <summary>UpdateEventConfigurations — PATCH /event-configurations: types that are not named stay as they are.</summary>
public sealed class UpdateEventConfigurations(Database database) : IOperation<UpdateEventConfigurations.Request, Nothing>
{
    public sealed record Request
    {
        public IReadOnlyDictionary<string, Configuration>? EventConfigurations { get; init; }
    }

    public Task<Result<Nothing>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Change(session => Update(session, caller, request.EventConfigurations ?? new Dictionary<string, Configuration>()), ct);

    private static Result<Nothing> Update(WriteSession session, Caller caller, IReadOnlyDictionary<string, Configuration> wanted)
    {
        if (wanted.Keys.FirstOrDefault(type => !EventTypes.All.Contains(type)) is { } unknown)
            return Errors.InvalidRequest($"eventConfigurations names the type {unknown}, which does not exist. The types are {string.Join(", ", EventTypes.All)}.");
        foreach (var (type, configuration) in wanted)
            session.Execute(
                """
                INSERT INTO event_configuration (account, event_type, enabled, created_at_ms, last_modified_at_ms) VALUES (@Account, @type, @enabled, @now, @now)
                ON CONFLICT (account, event_type) DO UPDATE SET enabled = excluded.enabled, last_modified_at_ms = excluded.last_modified_at_ms
                """,
                new { caller.Account, type, enabled = configuration.Enabled ? 1 : 0, now = session.NowMs });
        session.Record(new Fact(
            caller.Account, caller.Arn, nameof(UpdateEventConfigurations), "event-configurations", null,
            string.Join(',', wanted.Order(ByType).Select(pair => $"{pair.Key}={(pair.Value.Enabled ? "on" : "off")}"))));
        return default(Nothing);
    }

    private static Comparer<KeyValuePair<string, Configuration>> ByType { get; } =
        Comparer<KeyValuePair<string, Configuration>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));
}
