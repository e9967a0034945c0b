using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Pipeline;
using McpSecurity.Streams;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

public class DetectorTests
{
    private const string Body = "detection: {a: {A: x}, condition: a}\nlevel: low\n";

    [Fact]
    public void A_rule_meets_the_events_of_its_log_source_only()
    {
        string[] sources =
        [
            "product: windows", "category: process_creation", "service: sysmon", "product: windows, category: process_creation",
            "product: linux, category: process_creation", "category: registry_event", "definition: everything",
        ];
        var program = Sigma.Compile([.. sources.Select((source, index) => $"title: T{index}\nlogsource: {{{source}}}\n{Body}")]).Program;
        var batch = EventBuilder.Batch(
            Event(LogSourceTable.Intern("windows", "sysmon", "process_creation")),
            Event(LogSourceTable.Intern("linux", null, "process_creation")),
            Event(LogSourceTable.Intern("windows", "sysmon", "registry_set", "registry_event")),
            Event(0));
        var rules = Sigma.Detect(program, batch).ToLookup(finding => finding.Event, finding => finding.Rule);
        Assert.Equal([0, 1, 2, 3, 6], rules[0]);
        Assert.Equal([1, 4, 6], rules[1]);
        Assert.Equal([0, 2, 5, 6], rules[2]);
        Assert.Equal([6], rules[3]);

        static EventBuilder Event(int logSource) => new EventBuilder().With("A", "x").From(logSource);
    }

    [Fact]
    public void Findings_come_in_event_order_and_are_appended()
    {
        var program = Sigma.Compile($"title: B\nlogsource: {{product: windows}}\n{Body}", $"title: A\nlogsource: {{service: sysmon}}\n{Body}").Program;
        var batch = EventBuilder.Batch(new EventBuilder().With("A", "x"), new EventBuilder().With("A", "y"), new EventBuilder().With("A", "X"));
        var (detector, findings) = (new Detector(), new FindingBuffer());
        detector.Detect(batch, program, findings);
        detector.Detect(batch, program, findings);
        Finding[] once = [new(0, 0), new(1, 0), new(0, 2), new(1, 2)];
        Assert.Equal([.. once, .. once], findings.Items.ToArray());
    }

    [Fact]
    public void A_detector_goes_from_one_program_and_batch_to_another()
    {
        var detector = new Detector();
        for (var round = 0; round < 3; round++)
        {
            foreach (var text in new[] { "x", "y", "z" })
            {
                var program = Sigma.Compile($"title: T\nlogsource: {{product: windows}}\ndetection: {{a: {{A: {text}, B: y}}, condition: a}}\nlevel: low").Program;
                var findings = new FindingBuffer();
                detector.Detect(EventBuilder.Batch(new EventBuilder().With("B", "y").With("A", "y")), program, findings);
                Assert.Equal(text == "y" ? 1 : 0, findings.Count);
            }
        }
    }

    [Fact]
    public void The_index_finds_what_testing_rule_by_rule_finds_with_a_fraction_of_the_evaluations()
    {
        var (indexed, plain) = (new Detector(), new Detector());
        var unindexed = RuleProgram.CreateUnindexed(Corpus.Rules.Rules);
        foreach (var (file, batch) in Corpus.Read(SharedData.Path("sigma", "regression")))
        {
            var (left, right) = (new FindingBuffer(), new FindingBuffer());
            indexed.Detect(batch, Corpus.Rules.Program, left);
            plain.Detect(batch, unindexed, right);
            Assert.True(left.Items.SequenceEqual(right.Items), file);
        }

        Assert.True(indexed.CandidateCount * 20 < plain.CandidateCount, $"{indexed.CandidateCount} of {plain.CandidateCount}");
    }

    [Fact]
    public void Detection_allocates_nothing_once_it_is_warm()
    {
        var batches = Corpus.Read(Directory.GetFiles(SharedData.Path("sigma", "regression"), "*.json", SearchOption.AllDirectories)[..40])
            .Select(item => Copy(item.Batch)).ToList();
        var (detector, findings) = (new Detector(), new FindingBuffer());
        // The just-in-time compiler and the lazy states of regular expressions settle.
        for (var round = 0; round < 50; round++)
            Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 25; round++)
            Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(batches.Count * 25 >= 1_000);

        void Run()
        {
            foreach (var batch in batches)
            {
                findings.Clear();
                detector.Detect(batch, Corpus.Rules.Program, findings);
            }
        }
    }

    [Fact]
    public void A_rule_that_throws_is_quarantined_and_the_others_go_on()
    {
        var sound = Sigma.Compile($"title: Sound\nlogsource: {{product: windows}}\n{Body}").Rules[0];
        var faulty = new CompiledRule(Condition.Test(new FaultyPredicate()), sound.Detection)
        {
            FindingKey = Guid.Empty,
            Metadata = new RuleMetadata { Title = "Faulty" },
            LogSource = sound.LogSource,
            Source = sound.Source,
            Line = 1,
        };
        var program = RuleProgram.Create([faulty, sound, faulty]);
        var batch = EventBuilder.Batch(new EventBuilder().With("A", "x"), new EventBuilder().With("A", "x"));
        var (detector, findings) = (new Detector(), new FindingBuffer());
        detector.Detect(batch, program, findings);
        Assert.Equal([new(1, 0), new(1, 1)], findings.Items.ToArray());
        Assert.Equal(2, detector.FailureCount);
        Assert.Equal(["Faulty: broken", "Faulty: broken"], program.Quarantined.Select(item => $"{item.Rule.Title}: {item.Reason}"));
        // Also for the indexes that are built later.
        findings.Clear();
        detector.Detect(EventBuilder.Batch(new EventBuilder().With("A", "x").From(LogSourceTable.Intern("windows", "quarantine"))), program, findings);
        Assert.Equal((1, 2), (findings.Count, detector.FailureCount));
    }

    [Fact]
    public void Indexes_beyond_the_limit_replace_the_older_ones()
    {
        var texts = Enumerable.Range(0, RuleProgram.MaxIndexes + 20).Select(number => $"title: T{number}\nlogsource: {{service: s{number}}}\n{Body}").ToArray();
        var program = Sigma.Compile(texts).Program;
        var (detector, findings) = (new Detector(), new FindingBuffer());
        for (var round = 0; round < 2; round++)
        {
            for (var number = 0; number < texts.Length; number++)
            {
                findings.Clear();
                var theEvent = new EventBuilder().With("A", "x").From(LogSourceTable.Intern(null, $"s{number}"));
                detector.Detect(EventBuilder.Batch(theEvent), program, findings);
                Assert.Equal([new Finding(number, 0)], findings.Items.ToArray());
            }
        }
    }

    [Fact]
    public void A_regular_expression_sees_the_start_of_an_endless_value_and_says_so()
    {
        var program = Sigma.Compile(Sigma.Rule("a:\n    A|re: 'needle$'\nb:\n    A|re: 'y{3}needle'\ncondition: 1 of them")).Program;
        var detector = new Detector();
        var findings = new FindingBuffer();
        detector.Detect(EventBuilder.Batch(new EventBuilder().With("A", "yyyneedle" + new string('x', 1_000_000))), program, findings);
        Assert.Equal((1, 1), (findings.Count, (int)detector.CutValues));
        detector.Detect(EventBuilder.Batch(new EventBuilder().With("A", new string('x', 1_000_000) + "needle")), program, findings);
        Assert.Equal((1, 2), (findings.Count, (int)detector.CutValues));
    }

    private static EventBatch Copy(EventBatch batch)
    {
        var copy = new EventBatch();
        copy.Load(batch.Buffer);
        foreach (ref readonly var entry in batch.Entries)
        {
            copy.BeginEvent();
            foreach (ref readonly var slot in batch.Slots.Slice(entry.FirstSlot, entry.SlotCount))
                copy.AddSlot(slot.Field, slot.Start, slot.Length, slot.Kind);
            copy.EndEvent(entry);
        }

        return copy;
    }

    private sealed class FaultyPredicate() : Predicate(FieldTable.Intern("A"), "faulty")
    {
        public override bool Matches(EventText text) => throw new InvalidOperationException("broken");
    }
}
