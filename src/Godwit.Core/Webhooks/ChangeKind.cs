namespace Godwit.Core.Webhooks;

/// <summary>What kinds of changes others may hear of.</summary>
public static class ChangeKind
{
    public const string Update = "update", Job = "job", Execution = "execution", Presence = "presence";

    public static IReadOnlyList<string> All { get; } = [Update, Job, Execution, Presence];

    /// <summary>Told when somebody asks for it, to see whether a webhook takes deliveries.</summary>
    public const string Test = "test";

    /// <summary>Kinds that the journal keeps, so that they can be replayed; presence is seen by the doors only.</summary>
    public static IReadOnlyList<string> Kept { get; } = [Update, Job, Execution];

    /// <summary>The kind of a journal record, or null where nobody hears of it. A report that changes no status is none.</summary>
    public static string? Of(string subject, string? from, string? to, string? thing, string? job)
    {
        if (subject.StartsWith("otaupdate/", StringComparison.Ordinal))
            return Update;
        if (job is null || !subject.StartsWith("job/", StringComparison.Ordinal))
            return null;
        return thing is null ? Job : from != to ? Execution : null;
    }
}
