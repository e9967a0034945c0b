namespace McpSecurity.Streams;

/// <summary>
/// Guesses how often a key is found, to choose among triggers. A wrong guess costs time, never a finding. Two facts
/// carry it: long literals are rare, and what many rules name (<c>\powershell.exe</c>) is common in events, too.
/// </summary>
internal static class Frequency
{
    /// <summary>Guesses the share of events in which the key is found.</summary>
    /// <param name="key">What is looked for.</param>
    /// <param name="popularity">Conditions that use the predicate.</param>
    public static double Estimate(LiteralKey key, int popularity)
    {
        var length = key.Literal.Length;
        var byLength = key.Place switch
        {
            LiteralPlace.Present => 0.95,
            LiteralPlace.Whole => length == 0 ? 0.2 : Math.Max(0.002, 0.2 * Math.Pow(0.8, length)),
            LiteralPlace.Start => Clamp(2 * Math.Pow(0.75, length)),
            LiteralPlace.End => Clamp(2 * Math.Pow(0.75, length)),
            _ => Clamp(4 * Math.Pow(0.6, length)),
        };
        return Math.Max(byLength, Math.Min(0.5, 0.002 * popularity));
    }

    /// <summary>How rare a piece of folded text seems: letters are everywhere, digits and punctuation less.</summary>
    public static int Rarity(ReadOnlySpan<byte> text)
    {
        var sum = 0;
        foreach (var value in text)
            sum += Rarity(value);
        return sum;
    }

    private static int Rarity(byte value) => value switch
    {
        (byte)'e' or (byte)'t' or (byte)'s' or (byte)'i' or (byte)'o' or (byte)'n' or (byte)'r' or (byte)'a' => 1,
        (byte)' ' or (byte)'\\' or (byte)'.' or (byte)'0' => 1,
        >= (byte)'a' and <= (byte)'z' => 2,
        >= (byte)'0' and <= (byte)'9' => 3,
        _ => 4,
    };

    private static double Clamp(double value) => Math.Clamp(value, 0.0001, 0.9);
}
