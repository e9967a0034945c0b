using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using McpSecurity.Http;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Features.Events;
using McpSecurity.Kernel;
using McpSecurity.Modules;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Verbs;

/// <summary><c>ingest</c>: sends files to the server, each part once.</summary>
internal sealed class IngestVerb(VerbEnvironment environment)
{
    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "Event files, folders or zip archives",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Format = new("--format")
    {
        Description = $"Record format: {string.Join(", ", EventFormats.Names)}",
        DefaultValueFactory = _ => EventFormats.Auto,
    };

    private static readonly Option<bool> Again = new("--again")
    {
        Description = "Send files anew that the server has already",
    };

    /// <summary>How long a busy or restarting server is waited for; chosen: longer than any restart we promise.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Command Create(VerbEnvironment environment)
    {
        var command = new Command("ingest", "Send event files to the server; a file sent twice adds nothing") { Paths, Format, Again };
        command.SetAction((parsed, cancellationToken) => new IngestVerb(environment).RunAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!EventFormats.Resolve(parsed.GetValue(Format)).Succeeded(out var format, out var failure))
        {
            await environment.Talk.WriteLineAsync(failure.Message);
            return ExitCode.Usage;
        }

        using var server = environment.Connect(parsed);
        var isJson = parsed.GetValue(CommonOptions.Json);
        var salt = parsed.GetValue(Again) ? RandomNumberGenerator.GetBytes(32) : [];
        using var progress = new IngestProgress(environment);
        var exitCode = ExitCode.Ok;
        foreach (var source in EventFileSource.Enumerate(parsed.GetValue(Paths)!))
        {
            var sent = await SendFileAsync(server, source, format, salt, progress, cancellationToken);
            if (!sent.Succeeded(out var report, out failure))
            {
                progress.Clear();
                await environment.Talk.WriteLineAsync($"{source.Name}: {failure.Message}");
                if (failure.Kind is not FailureKind.Invalid and not FailureKind.TooLarge and not FailureKind.NotFound)
                    return ExitCode.Of(failure);
                if (source.IsNamedDirectly)
                    exitCode = ExitCode.Failure;
                continue;
            }

            if (report.Rejected > 0)
                exitCode = ExitCode.Failure;
            progress.Clear();
            await WriteAsync(report, isJson);
        }

        return exitCode;
    }

    private async Task<Result<FileReport>> SendFileAsync(
        IServerClient server, EventFileSource source, string format, byte[] salt, IngestProgress progress,
        CancellationToken cancellationToken)
    {
        if (!source.Open().Succeeded(out var stream, out var failure))
            return failure;
        using var reader = new FilePartReader(stream, format);
        var part = new EventFilePart();
        var report = new FileReport(source.Name);
        var key = salt;
        while (reader.TryRead(part))
        {
            // Equal parts inside one file have different keys, because each hangs on all before it.
            key = SHA256.HashData([.. key, .. SHA256.HashData(part.Bytes.Span)]);
            var answer = await SendPartAsync(server, part, source.Name, Convert.ToHexStringLower(key), cancellationToken);
            if (!answer.Succeeded(out var sent, out failure))
                return failure;
            report.Add(sent, part);
            progress.Report(source.Name, report.Accepted + report.AlreadyThere, report.Rejected);
        }

        if (reader.Failure is { } damaged)
        {
            if (report.IsEmpty)
                return damaged;
            report.Add(new RecordError(0, 0, 0, damaged.Code, damaged.Message));
        }

        report.Format = reader.Format;
        foreach (var error in reader.Errors)
            report.Add(error);
        report.Rejected += Math.Max(0, reader.RejectedRecords - reader.Errors.Count);
        return report;
    }

    private async Task<Result<PartAnswer>> SendPartAsync(
        IServerClient server, EventFilePart part, string name, string key, CancellationToken cancellationToken)
    {
        var address = $"events?format={Uri.EscapeDataString(part.Format)}&source={Uri.EscapeDataString(name)}";
        var started = environment.Clock.GetTimestamp();
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(part.Bytes) };
            request.Headers.Add("Idempotency-Key", key);
            var result = await server.SendAsync(request, cancellationToken);
            if (result.Succeeded(out var response, out var failure))
            {
                using (response)
                {
                    await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
                    var receipt = await JsonSerializer.DeserializeAsync<Receipt>(body, HttpJson.Options, cancellationToken);
                    return new PartAnswer(receipt!, response.Headers.Contains(IngestEventsEndpoint.ReplayedHeader));
                }
            }

            var mayRepeat = failure.Kind is FailureKind.Overloaded or FailureKind.Unavailable && failure.RetryAfter > TimeSpan.Zero;
            if (!mayRepeat || environment.Clock.GetElapsedTime(started) > Patience)
                return failure;
            await Task.Delay(failure.RetryAfter!.Value, environment.Clock, cancellationToken);
        }
    }

    private async Task WriteAsync(FileReport report, bool isJson)
    {
        if (isJson)
        {
            await environment.Data.WriteLineAsync(JsonSerializer.Serialize(report, HttpJson.Options));
            return;
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{report.File}: {report.Accepted:N0} stored");
        if (report.AlreadyThere > 0)
            text += string.Create(CultureInfo.InvariantCulture, $", {report.AlreadyThere:N0} there already (--again sends them anew)");
        if (report.Rejected > 0)
            text += string.Create(CultureInfo.InvariantCulture, $", {report.Rejected:N0} rejected");
        await environment.Data.WriteLineAsync(text);
        foreach (var error in report.Errors.Take(5))
            await environment.Talk.WriteLineAsync($"  line {error.Line}, column {error.Column}: {error.Message} ({error.Code})");
    }

    private sealed record Receipt(long Accepted, long Rejected, IReadOnlyList<RecordError> Errors);

    private sealed record PartAnswer(Receipt Receipt, bool IsReplayed);

    /// <summary>What became of one file; the first 100 errors are listed, all are counted.</summary>
    private sealed class FileReport(string file)
    {
        private readonly List<RecordError> _errors = [];

        public string File => file;

        public string? Format { get; set; }

        public long Accepted { get; private set; }

        public long Rejected { get; set; }

        public long AlreadyThere { get; private set; }

        public IReadOnlyList<RecordError> Errors => _errors;

        [System.Text.Json.Serialization.JsonIgnore]
        public bool IsEmpty => Accepted + Rejected + AlreadyThere == 0;

        public void Add(PartAnswer answer, EventFilePart part)
        {
            if (answer.IsReplayed)
                AlreadyThere += answer.Receipt.Accepted;
            else
                Accepted += answer.Receipt.Accepted;
            Rejected += answer.Receipt.Rejected;
            foreach (var error in answer.Receipt.Errors)
            {
                var record = (int)error.Ordinal - 1;
                List(error with { Ordinal = part.OrdinalOf(record), Line = part.LineOf(record) });
            }
        }

        public void Add(RecordError error)
        {
            Rejected++;
            List(error);
        }

        private void List(RecordError error)
        {
            if (_errors.Count < PipelineLimits.ListedErrors)
                _errors.Add(error);
        }
    }
}
