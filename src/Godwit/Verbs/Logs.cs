using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Godwit.Verbs;

/// <summary>Where log lines go: standard error, so that standard output stays what a verb has to say.</summary>
public static class Logs
{
    public static Action<ILoggingBuilder> To(LogLevel level, string format) => logging =>
    {
        logging.SetMinimumLevel(level);
        // The framework's own lines are of interest only when something is wrong.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == "json" || (format == "auto" && Console.IsErrorRedirected))
        {
            logging.Services.AddSingleton<ConsoleFormatter>(_ => new FlatJsonLines(TimeProvider.System));
            logging.AddConsole(console => console.FormatterName = FlatJsonLines.FormatName);
        }
        else
            logging.AddSimpleConsole(console => { console.SingleLine = true; console.TimestampFormat = "HH:mm:ss "; });
    };
}
