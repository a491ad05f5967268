using System.Globalization;

namespace Godwit.Pages.Shared;

/// <summary>States, numbers and spans of time as people read them.</summary>
public static class Words
{
    public static string Of(string state) => state switch
    {
        "CREATE_PENDING" => "being made",
        "CREATE_IN_PROGRESS" => "being made",
        "CREATE_COMPLETE" => "made",
        "CREATE_FAILED" => "could not be made",
        "DELETE_IN_PROGRESS" or "DELETION_IN_PROGRESS" => "being deleted",
        "DELETE_FAILED" => "could not be deleted",
        _ => state.ToLowerInvariant().Replace('_', ' '),
    };

    /// <summary>The colour's name in the style sheet.</summary>
    public static string ClassOf(string state) => state switch
    {
        "SUCCEEDED" or "COMPLETED" or "ACTIVE" or "CREATE_COMPLETE" => "ok",
        "FAILED" or "CREATE_FAILED" or "DELETE_FAILED" or "REVOKED" => "fail",
        "REJECTED" => "reject",
        "TIMED_OUT" => "timeout",
        "IN_PROGRESS" => "progress",
        "PAUSED" => "paused",
        "QUEUED" or "SCHEDULED" or "CREATE_PENDING" or "CREATE_IN_PROGRESS" or "PENDING_ACTIVATION" => "queued",
        _ => "cancel",
    };

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    public static string Plural(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    public static string Percent(double part, double whole) => whole <= 0 ? "0\u00a0%" : part / whole * 100 is var percent && percent is > 0 and < 10
        ? percent.ToString("0.#", CultureInfo.InvariantCulture) + "\u00a0%" : (part / whole * 100).ToString("0", CultureInfo.InvariantCulture) + "\u00a0%";

    public static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>For example 4.2 s, 12 min, 3 h 5 min.</summary>
    public static string Span(double seconds) => seconds switch
    {
        < 1 => $"{seconds.ToString("0.0#", CultureInfo.InvariantCulture)} s",
        < 90 => $"{seconds.ToString("0.#", CultureInfo.InvariantCulture)} s",
        < 90 * 60 => $"{(seconds / 60).ToString("0.#", CultureInfo.InvariantCulture)} min",
        < 48 * 3600 => $"{(int)(seconds / 3600)} h {(int)(seconds / 60 % 60)} min",
        _ => $"{(seconds / 86_400).ToString("0.#", CultureInfo.InvariantCulture)} days",
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{(bytes / 1024.0).ToString("0.#", CultureInfo.InvariantCulture)} KiB",
        < 1024L * 1024 * 1024 => $"{(bytes / 1048576.0).ToString("0.##", CultureInfo.InvariantCulture)} MiB",
        _ => $"{(bytes / 1073741824.0).ToString("0.##", CultureInfo.InvariantCulture)} GiB",
    };

    /// <summary>The last part of an ARN: thing/x, thinggroup/y.</summary>
    public static string NameOfArn(string arn) => arn.LastIndexOf(':') is >= 0 and var colon ? arn[(colon + 1)..] : arn;

    /// <summary>The page of a job: its update's, or its journal.</summary>
    public static string JobHref(string job) => job.StartsWith("AFR_OTA-", StringComparison.Ordinal)
        ? "/console/updates/" + Url(job["AFR_OTA-".Length..]) : "/console/journal?job=" + Url(job);

    /// <summary>For a path or a query.</summary>
    public static string Url(string text) => Uri.EscapeDataString(text);
}
