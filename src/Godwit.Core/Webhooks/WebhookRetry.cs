namespace Godwit.Core.Webhooks;

/// <summary>When a delivery that failed is tried again. Events wait in order meanwhile: nothing overtakes, nothing is lost.</summary>
public static class WebhookRetry
{
    /// <summary>Without one success for so long a webhook is suspended, until somebody resumes it.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(72);

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1),
    ];

    /// <param name="failures">How many in a row, the last one counted.</param>
    /// <param name="firstFailedAt">When the first of them was.</param>
    /// <returns>When to try again; null to give up.</returns>
    public static DateTimeOffset? Next(int failures, DateTimeOffset firstFailedAt, DateTimeOffset now) =>
        now - firstFailedAt >= GiveUpAfter ? null : now + Delays[Math.Clamp(failures, 1, Delays.Length) - 1];
}
