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
            logging.AddJsonConsole(console => { console.UseUtcTimestamp = true; console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ"; });
        else
            logging.AddSimpleConsole(console => { console.SingleLine = true; console.TimestampFormat = "HH:mm:ss "; });
    };
}
