using System.Globalization;
using System.Text.Json;
using McpSecurity.Http;
using McpSecurity.Kernel;
using Serilog;
using Serilog.Context;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace McpSecurity.Host;

/// <summary>
/// Structured logs (docs/specs/instrumentation.md): one JSON object a line with time, level, module, tenant and trace
/// id, into <c>DIR/logs</c> and onto stderr; on a terminal stderr gets short text instead.
/// </summary>
internal static class Logging
{
    /// <summary>Chosen: two weeks of files of at most 64 MiB.</summary>
    private const int RetainedFiles = 14;
    private const long FileBytes = 64 * 1024 * 1024;

    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);

    public static Logger Create(StateDirectory state, IConfiguration configuration, TextWriter talk, bool isTerminal)
    {
        var level = TryParseLevel(configuration["Log:Level"], out var configured) ? configured : LogEventLevel.Information;
        ITextFormatter console = isTerminal ? new TerminalFormatter() : new JsonLineFormatter();
        return new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            // Cancelled and failed requests are answered by StructuredErrors, which logs what is ours to fix.
            .MinimumLevel.Override("Microsoft.AspNetCore.Diagnostics", LogEventLevel.Fatal)
            .Enrich.FromLogContext()
            .WriteTo.Sink(new WriterSink(talk, console))
            .WriteTo.File(
                new JsonLineFormatter(), Path.Combine(state.Logs, "mcpsec-.log"), rollingInterval: RollingInterval.Day,
                fileSizeLimitBytes: FileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: RetainedFiles)
            .CreateLogger();
    }

    public static IReadOnlyList<string> Levels { get; } = ["trace", "debug", "information", "warning", "error"];

    public static bool TryParseLevel(string? name, out LogEventLevel level)
    {
        (var isKnown, level) = name?.ToLowerInvariant() switch
        {
            "trace" => (true, LogEventLevel.Verbose),
            "debug" => (true, LogEventLevel.Debug),
            "information" => (true, LogEventLevel.Information),
            "warning" => (true, LogEventLevel.Warning),
            "error" => (true, LogEventLevel.Error),
            _ => (false, LogEventLevel.Information),
        };
        return isKnown;
    }

    /// <summary>Whatever is logged until this is disposed names the tenant.</summary>
    public static IDisposable PushTenant(TenantId tenant) => LogContext.PushProperty("tenant", tenant.ToString());

    /// <summary>The message with its values as plain text, not as quoted literals.</summary>
    private static string Render(LogEvent logEvent)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(logEvent, text);
        return text.ToString();
    }

    private sealed class WriterSink(TextWriter writer, ITextFormatter formatter) : ILogEventSink
    {
        private readonly Lock _gate = new();

        public void Emit(LogEvent logEvent)
        {
            lock (_gate)
            {
                formatter.Format(logEvent, writer);
                writer.Flush();
            }
        }
    }

    private sealed class TerminalFormatter : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            output.Write(logEvent.Timestamp.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
            output.Write(logEvent.Level switch
            {
                LogEventLevel.Warning => " warning ",
                LogEventLevel.Error or LogEventLevel.Fatal => " error   ",
                _ => " ",
            });
            output.WriteLine(Render(logEvent));
            if (logEvent.Exception is { } exception)
                output.WriteLine(exception);
        }
    }

    private sealed class JsonLineFormatter : ITextFormatter
    {
        private static readonly JsonWriterOptions Options = new()
        {
            Encoder = HttpJson.Options.Encoder,
            SkipValidation = true,
        };

        public void Format(LogEvent logEvent, TextWriter output)
        {
            using var buffer = new MemoryStream(512);
            using (var json = new Utf8JsonWriter(buffer, Options))
            {
                json.WriteStartObject();
                json.WriteString("time", logEvent.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                json.WriteString("level", LevelName(logEvent.Level));
                json.WriteString("module", ModuleOf(logEvent));
                json.WriteString("tenant", TenantOf(logEvent));
                json.WriteString("traceId", logEvent.TraceId?.ToString() ?? string.Empty);
                json.WriteString("message", Render(logEvent));
                foreach (var (name, value) in logEvent.Properties)
                {
                    if (name is not ("tenant" or "Tenant" or "SourceContext" or "EventId"))
                        json.WriteString(JsonNamingPolicy.CamelCase.ConvertName(name), PlainText(value));
                }

                if (logEvent.Exception is { } exception)
                    json.WriteString("exception", exception.ToString());
                json.WriteEndObject();
            }

            output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        }

        /// <summary>The tenant of the request, or the one that a message without a request is about.</summary>
        private static string TenantOf(LogEvent logEvent) =>
            logEvent.Properties.TryGetValue("tenant", out var tenant) || logEvent.Properties.TryGetValue("Tenant", out tenant)
                ? PlainText(tenant)
                : string.Empty;

        private static string PlainText(LogEventPropertyValue value) =>
            value is ScalarValue { Value: string text } ? text : value.ToString(null, CultureInfo.InvariantCulture);

        private static string LevelName(LogEventLevel level) => level switch
        {
            LogEventLevel.Verbose => "trace",
            LogEventLevel.Debug => "debug",
            LogEventLevel.Information => "info",
            LogEventLevel.Warning => "warning",
            LogEventLevel.Error => "error",
            _ => "fatal",
        };

        private static string ModuleOf(LogEvent logEvent)
        {
            var source = TextOf(logEvent, "SourceContext");
            const string ours = "McpSecurity.";
            if (!source.StartsWith(ours, StringComparison.Ordinal))
                return "Host";
            var end = source.IndexOf('.', ours.Length);
            return end < 0 ? source[ours.Length..] : source[ours.Length..end];
        }

        private static string TextOf(LogEvent logEvent, string property) =>
            logEvent.Properties.TryGetValue(property, out var value) && value is ScalarValue { Value: string text }
                ? text
                : string.Empty;
    }
}
