namespace McpSecurity.Correlation.Engine;

/// <summary>Resolves what correlations refer to, and refuses those that lead back to themselves.</summary>
internal sealed class CorrelationResolver(
    ReferenceLookup lookup, Action<string, DocumentSyntax, Position, string> report)
{
    private readonly Dictionary<CorrelationSyntax, bool> _isCyclic = new(ReferenceEqualityComparer.Instance);

    /// <returns>Null, with a diagnostic, for a correlation in a cycle.</returns>
    public CompiledCorrelation? Resolve(CorrelationSyntax correlation)
    {
        if (IsCyclic(correlation))
            return null;
        var rules = new List<Guid>();
        foreach (var reference in correlation.Rules)
        {
            if (lookup.Find(reference.Text) is { } target)
                rules.Add(target.FindingKey);
            else
                report("RULE_REFERENCE_UNKNOWN", correlation, reference.Position, $"There is no rule '{reference.Text}' that loads.");
        }

        report(
            "RULE_CORRELATION_NOT_EVALUATED", correlation, correlation.Position,
            $"The correlation '{correlation.Metadata.Title}' is valid but not run by this version.");
        return new CompiledCorrelation
        {
            FindingKey = correlation.FindingKey,
            Metadata = correlation.Metadata,
            Source = correlation.File,
            Line = correlation.Position.Line,
            Type = correlation.Type,
            Rules = rules,
            GroupBy = correlation.GroupBy,
            TimeSpan = correlation.TimeSpan,
            Bounds = correlation.Bounds,
            ValueFields = correlation.ValueFields,
            Aliases = correlation.Aliases,
            GeneratesRules = correlation.GeneratesRules,
        };
    }

    // Walks from each correlation along its references; a chain may be long, so there is no recursion.
    private bool IsCyclic(CorrelationSyntax start)
    {
        if (_isCyclic.TryGetValue(start, out var known))
            return known;
        var cameFrom = new Dictionary<DocumentSyntax, DocumentSyntax>(ReferenceEqualityComparer.Instance);
        var open = new Stack<CorrelationSyntax>([start]);
        while (open.TryPop(out var current))
        {
            foreach (var target in current.Rules.Select(reference => lookup.Find(reference.Text)).OfType<CorrelationSyntax>())
            {
                if (ReferenceEquals(target, start))
                {
                    report("RULE_REFERENCE_CYCLE", start, start.Position, $"The correlation refers to itself: {Path(cameFrom, current, start)}.");
                    return _isCyclic[start] = true;
                }

                if (cameFrom.TryAdd(target, current))
                    open.Push(target);
            }
        }

        return _isCyclic[start] = false;
    }

    private static string Path(Dictionary<DocumentSyntax, DocumentSyntax> cameFrom, DocumentSyntax last, DocumentSyntax start)
    {
        var titles = new List<string> { start.Metadata.Title };
        for (var at = last; !ReferenceEquals(at, start); at = cameFrom[at])
            titles.Add(at.Metadata.Title);
        titles.Add(start.Metadata.Title);
        titles.Reverse();
        return string.Join(" -> ", titles);
    }
}
