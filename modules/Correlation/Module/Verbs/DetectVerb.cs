using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using McpSecurity.Correlation.Engine;
using McpSecurity.Http;
using McpSecurity.Kernel;
using McpSecurity.Modules;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Verbs;

/// <summary><c>detect</c>: Sigma over files, without a server and without a database.</summary>
internal sealed class DetectVerb(VerbEnvironment environment)
{
    private static readonly Option<string[]> Rules = new("--rules")
    {
        Description = "Rule files, folders or zip archives",
        HelpName = "PATH",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string[]> Events = new("--events")
    {
        Description = "Event files, folders or zip archives",
        HelpName = "PATH",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Format = new("--format")
    {
        Description = "Record format; auto recognizes it",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<Severity?> MinLevel = new("--min-level")
    {
        Description = "Only rules of this level and above: informational, low, medium, high, critical",
        HelpName = "LEVEL",
    };

    private static readonly Option<Severity?> FailOn = new("--fail-on")
    {
        Description = "Exit with 6 when a rule of this level or above matched",
        HelpName = "LEVEL",
    };

    private static readonly Option<bool> Strict = new("--strict") { Description = "Stop when a rule does not compile" };

    private static readonly Option<bool> Summary = new("--summary") { Description = "Counts at the end, on stderr" };

    public static Command Create(VerbEnvironment environment)
    {
        var command = new Command("detect", "Run Sigma rules over event files; needs no server")
        {
            Rules, Events, Format, MinLevel, FailOn, Strict, Summary,
        };
        command.SetAction((parsed, cancellationToken) => new DetectVerb(environment).RunAsync(parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var pack = RulePack.Read(parsed.GetValue(Rules)!);
        var compilation = RuleSetCompiler.Compile(pack, RuleSetOptions.Default);
        if (pack.Files.Count == 0)
        {
            await ReportRulesAsync(compilation);
            await environment.Talk.WriteLineAsync("There is no rule file (.yml, .yaml) in what was given.");
            return ExitCode.Failure;
        }

        var refused = await ReportRulesAsync(compilation);
        if (refused > 0 && parsed.GetValue(Strict))
            return ExitCode.Failure;

        var minLevel = parsed.GetValue(MinLevel) ?? Severity.Informational;
        var program = RuleProgram.Create([.. compilation.Rules.Where(rule => rule.Level >= minLevel)]);
        var run = new Run(environment.Data, program, environment.ListsAsJson(parsed), parsed.GetValue(FailOn));
        var notes = new Notes(environment.Talk);
        foreach (var file in environment.EventFiles.Open(parsed.GetValue(Events)!, parsed.GetValue(Format)!))
        {
            using (file)
            {
                run.Detect(file, notes, cancellationToken);
            }
        }

        await environment.Data.FlushAsync(cancellationToken);
        if (parsed.GetValue(Summary))
            await run.WriteSummaryAsync(environment.Talk, compilation, notes);
        return notes.HasErrors ? ExitCode.Failure : run.FailedOn ? ExitCode.Findings : ExitCode.Ok;
    }

    private async Task<int> ReportRulesAsync(RuleSetCompilation compilation)
    {
        var refused = 0;
        foreach (var error in compilation.Errors)
        {
            refused++;
            await environment.Talk.WriteLineAsync(
                $"{error.File}:{error.Line}:{error.Column}: {error.Code}: {error.Message} The rule is skipped.");
        }

        if (compilation.Correlations.Count > 0)
        {
            await environment.Talk.WriteLineAsync(
                $"{compilation.Correlations.Count} correlations are valid but not evaluated by this version.");
        }

        return refused;
    }

    /// <summary>What could not be read: a note for a file found in a folder, an error for one named directly.</summary>
    private sealed class Notes(TextWriter talk)
    {
        public bool HasErrors { get; private set; }

        public int SkippedFiles { get; private set; }

        public long RejectedRecords { get; private set; }

        public void Add(EventFile file, Failure failure)
        {
            SkippedFiles++;
            HasErrors |= file.IsNamedDirectly;
            talk.WriteLine($"{file.Name}: {failure.Message}{(file.IsNamedDirectly ? "" : " The file is skipped.")}");
        }

        public void Add(EventFile file, List<RecordError> errors)
        {
            RejectedRecords += errors.Count;
            foreach (var error in errors)
                talk.WriteLine($"{file.Name}:{error.Line}:{error.Column}: {error.Code}: {error.Message}");
            errors.Clear();
        }
    }

    private sealed class Run(TextWriter data, RuleProgram program, bool isJson, Severity? failOn)
    {
        private readonly Detector _detector = new();
        private readonly FindingBuffer _findings = new();
        private readonly HashSet<Guid> _matchedRules = [];
        private long _files;
        private long _events;
        private long _matches;

        public bool FailedOn { get; private set; }

        public void Detect(EventFile file, Notes notes, CancellationToken cancellationToken)
        {
            var batch = EventBatchPool.Shared.Rent();
            var errors = new List<RecordError>();
            var hasEvents = false;
            while (file.Failure is null && file.TryRead(batch, errors))
            {
                cancellationToken.ThrowIfCancellationRequested();
                hasEvents = true;
                notes.Add(file, errors);
                _findings.Clear();
                _detector.Detect(batch, program, _findings);
                foreach (ref readonly var finding in _findings.Items)
                    Write(file.Name, batch, finding);
                _events += batch.Count;
            }

            notes.Add(file, errors);
            if (file.Failure is { } failure)
                notes.Add(file, failure);
            if (hasEvents)
                _files++;
            EventBatchPool.Shared.Return(batch);
        }

        public Task WriteSummaryAsync(TextWriter talk, RuleSetCompilation compilation, Notes notes) =>
            talk.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{compilation.CompiledCount:N0} of {compilation.DocumentCount:N0} rules, {_events:N0} events in {_files:N0} files, "
                + $"{_matches:N0} matches of {_matchedRules.Count:N0} rules, {notes.SkippedFiles:N0} files skipped, "
                + $"{notes.RejectedRecords:N0} records rejected"));

        private void Write(string file, EventBatch batch, in Finding finding)
        {
            var rule = program.Rules[finding.Rule];
            ref readonly var entry = ref batch.Entries[finding.Event];
            _matches++;
            _matchedRules.Add(rule.FindingKey);
            FailedOn |= rule.Level >= failOn;
            var match = new MatchRow(
                rule.Metadata.SigmaId ?? rule.Source.Path, rule.Title, rule.Level.ToString().ToLowerInvariant(), rule.Metadata.Tags,
                file, entry.Ordinal, DateTime.UnixEpoch.AddTicks(entry.TimeMicros * 10));
            data.WriteLine(isJson
                ? JsonSerializer.Serialize(match, HttpJson.Options)
                : string.Create(CultureInfo.InvariantCulture, $"{match.Time:O}  {match.Level,-13}  {match.Title}  ({file}, event {match.Event})"));
        }
    }

    /// <summary>One match as it is printed; the properties' order is the output's.</summary>
    private sealed record MatchRow(
        string Rule, string Title, string Level, IReadOnlyList<string> Tags, string File, long Event, DateTime Time);
}
