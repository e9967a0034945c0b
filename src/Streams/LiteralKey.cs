namespace McpSecurity.Streams;

/// <summary>Where in a value a literal has to stand.</summary>
internal enum LiteralPlace : byte
{
    Whole = 1,
    Start = 2,
    End = 3,
    Anywhere = 4,

    /// <summary>No literal: that the field has a value is all that can be looked for.</summary>
    Present = 5,
}

/// <summary>
/// What the index can look for on a predicate's behalf: without it in the event, the predicate does not hold.
/// </summary>
/// <param name="Place">Where the literal has to stand.</param>
/// <param name="Literal">Folded bytes.</param>
/// <param name="Decides">True when finding it means that the predicate holds; else the predicate is asked then.</param>
internal readonly record struct LiteralKey(LiteralPlace Place, byte[] Literal, bool Decides);
