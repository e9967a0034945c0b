namespace McpSecurity.Correlation.Engine;

/// <summary>Collects the diagnostics of one file, at most <see cref="RuleLimits.FileDiagnostics"/>.</summary>
internal sealed class DiagnosticBag(string file)
{
    private readonly List<Diagnostic> _items = [];
    private bool _isFull;

    public IReadOnlyList<Diagnostic> Items => _items;

    /// <summary>Errors so far; a document is sound when the number did not change while it was read.</summary>
    public int ErrorCount { get; private set; }

    public void Add(string code, Position position, string message)
    {
        var diagnostic = DiagnosticCatalog.Create(code, file, position.Line, position.Column, message);
        if (diagnostic.Severity == DiagnosticSeverity.Error)
            ErrorCount++;
        if (_items.Count < RuleLimits.FileDiagnostics)
        {
            _items.Add(diagnostic);
            return;
        }

        if (_isFull)
            return;
        _isFull = true;
        _items.Add(DiagnosticCatalog.Create(
            "RULE_TOO_MANY_DIAGNOSTICS", file, position.Line, position.Column,
            $"More than {RuleLimits.FileDiagnostics} diagnostics; the rest is not listed."));
    }
}

/// <summary>A place in a rule file, both from 1; columns count characters.</summary>
internal readonly record struct Position(int Line, int Column)
{
    public static Position Start { get; } = new(1, 1);
}
