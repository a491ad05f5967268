using Godwit.Core;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Events;

/// <summary>DescribeEventConfigurations — GET /event-configurations: every type, also those never touched.</summary>
public sealed class DescribeEventConfigurations(Database database) : IOperation<DescribeEventConfigurations.Request, DescribeEventConfigurations.Response>
{
    public sealed record Request;

    public sealed record Response
    {
        public required IReadOnlyDictionary<string, Configuration> EventConfigurations { get; init; }

        public DateTimeOffset? CreationDate { get; init; }

        public DateTimeOffset? LastModifiedDate { get; init; }
    }

    public Task<Result<Response>> Handle(Caller caller, Request request, CancellationToken ct) =>
        database.Read(session => Describe(session, caller.Account), ct);

    private static Result<Response> Describe(ReadSession session, string account)
    {
        var rows = session.Query<Row>(
            "SELECT event_type, enabled, created_at_ms, last_modified_at_ms FROM event_configuration WHERE account = @account", new { account });
        var on = rows.Where(row => row.Enabled != 0).Select(row => row.EventType).ToHashSet();
        return new Response
        {
            EventConfigurations = EventTypes.All.ToDictionary(type => type, type => new Configuration { Enabled = on.Contains(type) }),
            CreationDate = rows.Count > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(rows.Min(row => row.CreatedAtMs)) : null,
            LastModifiedDate = rows.Count > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(rows.Max(row => row.LastModifiedAtMs)) : null,
        };
    }

    private sealed record Row
    {
        public string EventType { get; init; } = "";

        public long Enabled { get; init; }

        public long CreatedAtMs { get; init; }

        public long LastModifiedAtMs { get; init; }
    }
}
