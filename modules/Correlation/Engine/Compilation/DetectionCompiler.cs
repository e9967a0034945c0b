using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Compiles a detection: each search identifier to a condition, then the conditions over them. All passes run as far as
/// they can, so that everything wrong is said at once.
/// </summary>
internal sealed class DetectionCompiler(RuleSetOptions options, DiagnosticBag diagnostics)
{
    private readonly ItemCompiler _items = new(options, diagnostics);
    private readonly Dictionary<string, Condition> _selections = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <param name="detection">What to compile.</param>
    /// <param name="position">Where the document starts.</param>
    /// <param name="isRefused">True when only diagnostics are wanted.</param>
    /// <returns>Null, with diagnostics, when there was an error.</returns>
    public Condition? Compile(DetectionSyntax detection, Position position, bool isRefused)
    {
        var errorsBefore = diagnostics.ErrorCount;
        foreach (var selection in detection.Selections)
            _selections[selection.Name] = CompileSelection(selection.Content) ?? Condition.Never;
        if (detection.Selections.Count == 0)
            diagnostics.Add("RULE_SELECTION_INVALID", position, "The detection has no search identifier.");
        var testCount = detection.Conditions.Sum(CountTests);
        if (isRefused || diagnostics.ErrorCount > errorsBefore)
            return null;
        foreach (var selection in detection.Selections)
        {
            if (!_used.Contains(selection.Name))
            {
                diagnostics.Add(
                    "RULE_SELECTION_UNUSED", selection.Position, $"The condition does not use '{selection.Name}'.");
            }
        }

        if (testCount <= RuleLimits.RuleTests)
            return Condition.Any(detection.Conditions.Select(Bind));
        diagnostics.Add("RULE_VALUE_TOO_MANY", position, $"The rule has more than {RuleLimits.RuleTests:N0} tests.");
        return null;
    }

    private Condition? CompileSelection(SelectionSyntax selection)
    {
        switch (selection)
        {
            case DetectionItem item:
                return _items.Compile(item);
            case SelectionMap map:
                var all = map.Items.Select(CompileSelection).ToList();
                return all.Contains(null) ? null : Condition.All(all.OfType<Condition>());
            case SelectionList list:
                var any = list.Items.Select(CompileSelection).ToList();
                return any.Contains(null) ? null : Condition.Any(any.OfType<Condition>());
            default:
                throw new InvalidOperationException($"No such selection: {selection.GetType().Name}.");
        }
    }

    // Looks identifiers up before anything is built: a short condition can name a large selection thousands of times.
    private long CountTests(ConditionSyntax condition)
    {
        switch (condition)
        {
            case NotSyntax not:
                return CountTests(not.Operand);
            case AllSyntax all:
                return all.Operands.Sum(CountTests);
            case AnySyntax any:
                return any.Operands.Sum(CountTests);
            case IdentifierSyntax identifier when !_selections.ContainsKey(identifier.Name):
                diagnostics.Add(
                    "RULE_CONDITION_UNKNOWN_IDENTIFIER", identifier.Position, $"There is no search identifier '{identifier.Name}'.");
                return 0;
            case QuantifierSyntax quantifier when !_selections.Keys.Any(quantifier.Covers):
                diagnostics.Add(
                    "RULE_CONDITION_UNKNOWN_IDENTIFIER", quantifier.Position, $"No search identifier matches '{quantifier.Pattern}'.");
                return 0;
            default:
                var names = Names(condition).ToList();
                _used.UnionWith(names);
                return names.Sum(name => (long)_selections[name].TestCount);
        }
    }

    private IEnumerable<string> Names(ConditionSyntax condition) => condition switch
    {
        IdentifierSyntax identifier => [identifier.Name],
        QuantifierSyntax quantifier => _selections.Keys.Where(quantifier.Covers),
        _ => [],
    };

    private Condition Bind(ConditionSyntax condition) => condition switch
    {
        NotSyntax not => Condition.Not(Bind(not.Operand)),
        AllSyntax all => Condition.All(all.Operands.Select(Bind)),
        AnySyntax any => Condition.Any(any.Operands.Select(Bind)),
        QuantifierSyntax { IsAll: true } quantifier => Condition.All(Names(quantifier).Select(name => _selections[name])),
        _ => Condition.Any(Names(condition).Select(name => _selections[name])),
    };
}
