using McpSecurity.Pipeline;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Finds which rules match which events. One per thread; holds the scratch memory and nothing about events, so any
/// batch and any program may follow any other. Allocates nothing once it has seen its largest event and program.
/// </summary>
public sealed class Detector
{
    private readonly PredicateMatcher _matcher = new();

    /// <summary>Rules evaluated so far, summed over events; tells whether the index does its work.</summary>
    public long CandidateCount => _matcher.CandidateCount;

    /// <summary>
    /// Values of which regular expressions saw only the first <see cref="EventText.RegexCharacters"/> characters.
    /// </summary>
    public long CutValues => _matcher.CutValues;

    /// <summary>Times that a rule failed here; the rule is in <see cref="RuleProgram.Quarantined"/>.</summary>
    public long FailureCount { get; private set; }

    /// <summary>Appends a finding for each rule of the program that matches an event of the batch.</summary>
    /// <param name="batch">Events with slots and log sources; not changed.</param>
    /// <param name="program">The rules.</param>
    /// <param name="findings">Appended to, in event order and for one event in rule order.</param>
    public void Detect(EventBatch batch, RuleProgram program, FindingBuffer findings)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(findings);
        for (var eventIndex = 0; eventIndex < batch.Count; eventIndex++)
        {
            var index = program.IndexOf(batch.Entries[eventIndex].LogSource);
            foreach (var condition in Match(batch, eventIndex, index, program))
                findings.Add(index.Rules[condition], eventIndex);
        }
    }

    // A rule that throws is left out from here on and the event is matched again without it.
    private ReadOnlySpan<int> Match(EventBatch batch, int eventIndex, RuleIndex index, RuleProgram program)
    {
        while (true)
        {
            try
            {
                return _matcher.Match(batch, eventIndex, index.Predicates, index.Disabled);
            }
#pragma warning disable CA1031 // The edge of a rule: whatever it is, the batch goes on.
            catch (Exception exception) when (_matcher.EvaluatedCondition >= 0)
#pragma warning restore CA1031
            {
                FailureCount++;
                var condition = _matcher.EvaluatedCondition;
                program.Quarantine(index.Rules[condition], exception);
                // This index may be one that the program has dropped already.
                index.Disable(index.Rules[condition]);
            }
        }
    }
}
