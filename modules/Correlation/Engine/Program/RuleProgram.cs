using McpSecurity.Pipeline;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Compiled rules, ready to run: for every log source that events come from, an index over the rules that ask for it.
/// Shared by any number of detectors; swapped as a whole when rules change.
///
/// Indexes are built when the first event of a log source comes, and kept by the set of rules they hold, since many
/// sources meet the same rules. The look-up reads one array without a lock; what stands in it never changes, so a
/// detector that missed an addition only takes the slow way, where it finds it. Bounded by
/// <see cref="MaxIndexes"/>: past it the indexes are dropped and built anew on demand.
/// </summary>
public sealed class RuleProgram
{
    /// <summary>
    /// Indexes kept at once; chosen: Sigma knows about 250 log sources, and an event source outside a test rarely
    /// sends more than a dozen.
    /// </summary>
    public const int MaxIndexes = 512;

    private readonly CompiledRule[] _rules;
    private readonly Lock _gate = new();
    private readonly RuleIndex?[] _byLogSource = new RuleIndex?[LogSourceTable.Capacity];
    private readonly Dictionary<string, RuleIndex> _byRules = new(StringComparer.Ordinal);
    private readonly RuleQuarantine?[] _quarantined;
    private readonly bool _isIndexed;
    private int _quarantinedCount;

    private RuleProgram(CompiledRule[] rules, bool isIndexed)
    {
        _isIndexed = isIndexed;
        _rules = rules;
        _quarantined = new RuleQuarantine?[rules.Length];
    }

    public static RuleProgram Empty { get; } = new([], isIndexed: true);

    public IReadOnlyList<CompiledRule> Rules => _rules;

    /// <summary>
    /// Rules that failed while running and are left out since, until the program is replaced; a rule here is a bug of
    /// this product.
    /// </summary>
    public IReadOnlyList<RuleQuarantine> Quarantined => [.. _quarantined.OfType<RuleQuarantine>()];

    /// <summary>A program of any rules that compiled, e.g. the enabled ones; a finding's rule is an index into these.</summary>
    public static RuleProgram Create(IEnumerable<CompiledRule> rules) => new([.. rules], isIndexed: true);

    /// <summary>A program that tests rule by rule; the control in benchmarks and tests.</summary>
    public static RuleProgram CreateUnindexed(IEnumerable<CompiledRule> rules) => new([.. rules], isIndexed: false);

    /// <summary>Rules that the events of a log source meet.</summary>
    /// <param name="logSource">Id in <see cref="LogSourceTable"/>.</param>
    public int CountRulesFor(int logSource) => IndexOf(logSource).Rules.Length;

    /// <summary>Builds the index of a log source now instead of with its first event.</summary>
    /// <param name="logSource">Id in <see cref="LogSourceTable"/>.</param>
    public void Prepare(int logSource) => IndexOf(logSource);

    internal RuleIndex IndexOf(int logSource) => Volatile.Read(ref _byLogSource[logSource]) ?? Build(logSource);

    internal void Quarantine(int rule, Exception exception)
    {
        lock (_gate)
        {
            if (_quarantined[rule] is not null)
                return;
            _quarantined[rule] = new RuleQuarantine(_rules[rule], exception.Message);
            _quarantinedCount++;
            foreach (var index in _byRules.Values)
                index.Disable(rule);
        }
    }

    private RuleIndex Build(int logSource)
    {
        lock (_gate)
        {
            if (_byLogSource[logSource] is { } present)
                return present;
            var source = LogSourceTable.Get(logSource);
            var rules = new List<int>();
            for (var rule = 0; rule < _rules.Length; rule++)
            {
                var asked = _rules[rule].LogSource;
                if (source.Answers(asked.Product, asked.Category, asked.Service))
                    rules.Add(rule);
            }

            var key = string.Join(',', rules);
            if (!_byRules.TryGetValue(key, out var index))
            {
                if (_byRules.Count == MaxIndexes)
                {
                    Array.Clear(_byLogSource);
                    _byRules.Clear();
                }

                index = CreateIndex([.. rules]);
                _byRules.Add(key, index);
            }

            Volatile.Write(ref _byLogSource[logSource], index);
            return index;
        }
    }

    private RuleIndex CreateIndex(int[] rules)
    {
        var conditions = rules.Select(rule => _rules[rule].Condition).ToList();
        var index = new RuleIndex(
            rules, _isIndexed ? PredicateIndex.Build(conditions) : PredicateIndex.BuildUnindexed(conditions));
        for (var rule = 0; _quarantinedCount > 0 && rule < _rules.Length; rule++)
        {
            if (_quarantined[rule] is not null)
                index.Disable(rule);
        }

        return index;
    }
}

/// <summary>A rule that failed while running, and what its exception said.</summary>
public sealed record RuleQuarantine(CompiledRule Rule, string Reason);

/// <summary>The rules that the events of some log sources meet.</summary>
internal sealed class RuleIndex(int[] rules, PredicateIndex predicates)
{
    private readonly bool[] _disabled = new bool[rules.Length];

    /// <summary>Rule of the program by condition of the index; ascending.</summary>
    public int[] Rules { get; } = rules;

    public PredicateIndex Predicates { get; } = predicates;

    /// <summary>By condition. Only ever turns true; a detector may see it an event late, which costs one more exception.</summary>
    public bool[] Disabled => _disabled;

    public void Disable(int rule)
    {
        var condition = Array.BinarySearch(Rules, rule);
        if (condition >= 0)
            Volatile.Write(ref _disabled[condition], true);
    }
}
