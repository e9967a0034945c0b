using System.Globalization;
using System.Text.Json;
using McpSecurity.Correlation.Engine;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Pipeline;

namespace McpSecurity.Benchmarks;

/// <summary>
/// Detection over the standard workload (docs/specs/bench.md) on one core: all rules, 300 rules, rule by rule, and with
/// decoding. Fails when the planted findings are not exactly the expected number, when the index and the plain loop
/// disagree, or when an event costs more memory than its budget.
/// </summary>
internal static class DetectBenchmark
{
    private const long Seed = 20_250_115;
    private const int FewRules = 300;
    private const int NaiveEvents = 2_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static int Run(BenchmarkOptions options)
    {
        var pack = RulePack.From([.. RulePack.Read(options.RulePaths).Files, ProcessCreationWorkload.PlantedRules]);
        var rules = RuleSetCompiler.Compile(pack).Rules;
        var program = RuleProgram.Create(rules);
        var file = Path.Combine(Path.GetTempPath(), $"mcpsec-bench-{Environment.ProcessId}.ndjson");
        try
        {
            using (var output = new BufferedStream(File.Create(file), 1 << 20))
                new ProcessCreationWorkload(Seed).Write(output, 0, options.EventCount);
            var bytes = new FileInfo(file).Length;
            var batches = Decode(file);
            var source = batches[0].Entries[0].LogSource;
            Note($"{options.EventCount:N0} events, {bytes / options.EventCount} bytes each");
            Note($"{rules.Count:N0} rules, {program.CountRulesFor(source):N0} of them for this log source");

            var few = rules.Where(rule => LogSourceTable.Get(source).Answers(rule.LogSource.Product, rule.LogSource.Category, rule.LogSource.Service))
                .TakeLast(FewRules);
            var all = new (string What, Func<string, Measurement> Measure)[]
            {
                ("detect rule by rule", what => Naive(what, rules, program, batches, bytes / options.EventCount)),
                ("detect 300 rules", what => Detect(what, RuleProgram.Create(few), batches, bytes)),
                ("detect", what => Detect(what, program, batches, bytes)),
                ("decode and detect", what => DecodeAndDetect(what, program, file, options.EventCount, bytes)),
            };
            var measurements = all.Where(item => options.Only is null || item.What == options.Only)
                .Select(item => item.Measure(item.What)).ToList();
            foreach (var measurement in measurements)
                Print(measurement, options.IsJson);
            return Check(program, batches, options.EventCount) & CheckBudgets(measurements) ? 0 : 1;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<EventBatch> Decode(string file)
    {
        var batches = new List<EventBatch>();
        using var events = new EventFileReader().Open([file], "auto").Single();
        for (var batch = new EventBatch(); events.TryRead(batch, []); batch = new EventBatch())
            batches.Add(batch);
        return batches;
    }

    private static Measurement Detect(string what, RuleProgram program, List<EventBatch> batches, long bytes)
    {
        var (detector, findings) = (new Detector(), new FindingBuffer());
        var measurement = Measurement.Of(what, program.Rules.Count, batches.Sum(batch => batch.Count), bytes, () =>
        {
            long count = 0;
            foreach (var batch in batches)
            {
                findings.Clear();
                detector.Detect(batch, program, findings);
                count += findings.Count;
            }

            return count;
        });
        return measurement;
    }

    private static Measurement Naive(
        string what, IReadOnlyList<CompiledRule> rules, RuleProgram indexed, List<EventBatch> batches, long bytesPerEvent)
    {
        var some = batches.Take((NaiveEvents + EventBatch.MaxEvents - 1) / EventBatch.MaxEvents).ToList();
        var program = RuleProgram.CreateUnindexed(rules);
        var (left, right) = (new FindingBuffer(), new FindingBuffer());
        foreach (var batch in some)
        {
            new Detector().Detect(batch, indexed, left);
            new Detector().Detect(batch, program, right);
            if (!left.Items.SequenceEqual(right.Items))
                throw new InvalidOperationException("The index and the rule-by-rule loop find different things.");
        }

        return Detect(what, program, some, bytesPerEvent * some.Sum(batch => batch.Count));
    }

    /// <summary>
    /// From the file's bytes. Opening a file has its own price, once a file; the allocated bytes count from the first
    /// batch on, which is what the data plane promises.
    /// </summary>
    private static Measurement DecodeAndDetect(string what, RuleProgram program, string file, int eventCount, long bytes)
    {
        var (detector, findings, batch, reader) = (new Detector(), new FindingBuffer(), new EventBatch(), new EventFileReader());
        var errors = new List<RecordError>();
        long allocated = 0;
        var measurement = Measurement.Of(what, program.Rules.Count, eventCount, bytes, () =>
        {
            long count = 0;
            long before = -1;
            using var events = reader.Open([file], "auto").Single();
            while (events.TryRead(batch, errors))
            {
                findings.Clear();
                detector.Detect(batch, program, findings);
                count += findings.Count;
                if (before < 0)
                    before = GC.GetAllocatedBytesForCurrentThread();
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return count;
        });
        return measurement with { AllocatedBytesPerEvent = Math.Round((double)allocated / eventCount, 2) };
    }

    private static bool Check(RuleProgram program, List<EventBatch> batches, int eventCount)
    {
        var (detector, findings) = (new Detector(), new FindingBuffer());
        long planted = 0;
        foreach (var batch in batches)
        {
            findings.Clear();
            detector.Detect(batch, program, findings);
            foreach (var finding in findings.Items)
            {
                if (ReferenceEquals(program.Rules[finding.Rule].Source, ProcessCreationWorkload.PlantedRules))
                    planted++;
            }
        }

        var expected = ProcessCreationWorkload.ExpectedFindings(eventCount);
        Note($"planted findings: {planted:N0}, expected {expected:N0}; rules evaluated per event: {(double)detector.CandidateCount / eventCount:F2}");
        return planted == expected;
    }

    private static bool CheckBudgets(List<Measurement> measurements)
    {
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "budgets.json"));
        var budgets = JsonSerializer.Deserialize<Dictionary<string, double>>(stream)!;
        var isKept = true;
        foreach (var measurement in measurements)
        {
            if (!budgets.TryGetValue(measurement.What, out var budget) || measurement.AllocatedBytesPerEvent <= budget)
                continue;
            Note($"{measurement.What}: {measurement.AllocatedBytesPerEvent} bytes allocated per event, budget {budget}");
            isKept = false;
        }

        return isKept;
    }

    private static void Print(Measurement row, bool isJson)
    {
        var (events, perCore, megabytes) = (
            Math.Round(row.EventsPerSecond), Math.Round(row.EventsPerSecondPerCore), Math.Round(row.MegabytesPerSecond, 1));
        Console.Out.WriteLine(isJson
            ? JsonSerializer.Serialize(
                new
                {
                    row.What,
                    row.Rules,
                    row.Events,
                    EventsPerSecond = events,
                    EventsPerSecondPerCore = perCore,
                    MegabytesPerSecond = megabytes,
                    row.AllocatedBytesPerEvent,
                    row.Findings,
                },
                Json)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{row.What,-20} {row.Rules,6:N0} rules {events,10:N0} events/s {perCore,10:N0} events/s/core "
                + $"{megabytes,7:N1} MB/s {1e6 / row.EventsPerSecondPerCore,8:F2} us/event "
                + $"{row.AllocatedBytesPerEvent,8:F2} B/event {row.Findings,8:N0} findings"));
    }

    private static void Note(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
