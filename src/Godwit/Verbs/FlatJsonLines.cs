using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Godwit.Verbs;

/// <summary>
/// Log lines as AWS IoT writes its own: one flat JSON object each, with <c>timestamp</c>, <c>logLevel</c> and the event's members beside each other, so that queries and
/// metric filters that were written for AWSIoTLogsV2 find what they look for. A line that has no <c>details</c> has its sentence there.
/// </summary>
public sealed class FlatJsonLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "godwit-json";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Options))
            Write(json, logEntry.LogLevel, logEntry.Category, logEntry.Formatter(logEntry.State, logEntry.Exception), logEntry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [], logEntry.Exception);
        textWriter.WriteLine(System.Text.Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }

    private void Write(Utf8JsonWriter json, LogLevel level, string category, string sentence, IReadOnlyList<KeyValuePair<string, object?>> members, Exception? exception)
    {
        json.WriteStartObject();
        json.WriteString("timestamp", time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff"));
        json.WriteString("logLevel", NameOf(level));
        var written = new HashSet<string>(StringComparer.Ordinal) { "timestamp", "logLevel", "category", "exception" };
        foreach (var (name, value) in members)
        {
            var member = char.ToLowerInvariant(name[0]) + name[1..];
            if (name != "{OriginalFormat}" && value is not null && written.Add(member))
                Write(json, member, value);
        }
        if (!written.Contains("details"))
            json.WriteString("details", sentence);
        json.WriteString("category", category);
        if (exception is not null)
            json.WriteString("exception", exception.ToString());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string member, object value)
    {
        switch (value)
        {
            case int number:
                json.WriteNumber(member, number);
                break;
            case long number:
                json.WriteNumber(member, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(member, number);
                break;
            case bool flag:
                json.WriteBoolean(member, flag);
                break;
            default:
                json.WriteString(member, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    /// <summary>AWS's names of levels; one that it has not keeps its own.</summary>
    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRACE",
        LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARN",
        _ => "ERROR",
    };
}
