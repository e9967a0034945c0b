namespace McpSecurity.Correlation.Engine;

/// <summary>A search identifier's content as written.</summary>
internal abstract record SelectionSyntax(Position Position);

/// <summary>All of them: a map.</summary>
internal sealed record SelectionMap(Position Position, IReadOnlyList<SelectionSyntax> Items) : SelectionSyntax(Position);

/// <summary>One of them: a list.</summary>
internal sealed record SelectionList(Position Position, IReadOnlyList<SelectionSyntax> Items) : SelectionSyntax(Position);

/// <summary>A field, or no field for keywords, with modifiers and values.</summary>
/// <param name="Position">Where the key stands, or the keyword itself.</param>
/// <param name="Field">Null for keywords.</param>
/// <param name="Modifiers">In the order written.</param>
/// <param name="Values">The values; never empty.</param>
internal sealed record DetectionItem(
    Position Position, string? Field, IReadOnlyList<string> Modifiers, IReadOnlyList<YamlScalar> Values)
    : SelectionSyntax(Position);

internal sealed record NamedSelection(string Name, Position Position, SelectionSyntax Content);

/// <summary>The part of a rule or filter that says what it matches.</summary>
/// <param name="Selections">In the order written.</param>
/// <param name="Conditions">One matching is enough.</param>
internal sealed record DetectionSyntax(
    IReadOnlyList<NamedSelection> Selections, IReadOnlyList<ConditionSyntax> Conditions);
