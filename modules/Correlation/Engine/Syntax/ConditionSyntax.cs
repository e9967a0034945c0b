namespace McpSecurity.Correlation.Engine;

/// <summary>A condition as written, identifiers not yet looked up.</summary>
internal abstract record ConditionSyntax(Position Position);

internal sealed record IdentifierSyntax(Position Position, string Name) : ConditionSyntax(Position);

/// <summary><c>1 of</c> or <c>all of</c> the search identifiers that a pattern matches.</summary>
internal sealed record QuantifierSyntax(Position Position, bool IsAll, string Pattern) : ConditionSyntax(Position)
{
    /// <summary>True when the pattern covers a search identifier; those with a leading underscore only when it says so.</summary>
    public bool Covers(string name)
    {
        if (Pattern == "them")
            return !name.StartsWith('_');
        if (name.StartsWith('_') && !Pattern.StartsWith('_'))
            return false;
        return System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Escaped(Pattern), name, ignoreCase: false);
    }

    // Only the asterisk is a wildcard here; the expression knows two more special characters.
    private static string Escaped(string pattern) =>
        pattern.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal);
}

internal sealed record NotSyntax(Position Position, ConditionSyntax Operand) : ConditionSyntax(Position);

internal sealed record AllSyntax(Position Position, IReadOnlyList<ConditionSyntax> Operands) : ConditionSyntax(Position);

internal sealed record AnySyntax(Position Position, IReadOnlyList<ConditionSyntax> Operands) : ConditionSyntax(Position);
