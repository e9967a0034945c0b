using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace McpSecurity.Streams;

/// <summary>Finds which of a set of literals a value equals: one hash of the value, whatever the number of literals.</summary>
internal sealed class LiteralTable
{
    private readonly byte[][] _literals;
    private readonly PostingList _postings;
    private readonly int[] _buckets;
    private readonly ulong _lengths;

    public LiteralTable(IReadOnlyList<(byte[] Literal, int Predicate)> literals)
    {
        var groups = literals.GroupBy(literal => Convert.ToHexString(literal.Literal), StringComparer.Ordinal).ToList();
        _literals = [.. groups.Select(group => group.First().Literal)];
        _postings = new PostingList([.. groups.Select(group => group.Select(item => item.Predicate).ToList())]);
        _buckets = new int[(int)BitOperations.RoundUpToPowerOf2((uint)_literals.Length * 2 + 2)];
        for (var index = 0; index < _literals.Length; index++)
        {
            _lengths |= LengthBit(_literals[index].Length);
            var bucket = Hash(_literals[index]) & (_buckets.Length - 1);
            while (_buckets[bucket] != 0)
                bucket = (bucket + 1) & (_buckets.Length - 1);
            _buckets[bucket] = index + 1;
        }
    }

    /// <inheritdoc cref="LiteralTrie.Find"/>
    public void Find(ReadOnlySpan<byte> value, PredicateMatcher matcher)
    {
        if ((_lengths & LengthBit(value.Length)) == 0)
            return;
        var bucket = Hash(value) & (_buckets.Length - 1);
        while (_buckets[bucket] != 0)
        {
            var index = _buckets[bucket] - 1;
            if (EqualsFolded(value, _literals[index]))
            {
                matcher.Found(_postings.Of(index));
                return;
            }

            bucket = (bucket + 1) & (_buckets.Length - 1);
        }
    }

    private static ulong LengthBit(int length) => 1UL << Math.Min(length, 63);

    private static bool EqualsFolded(ReadOnlySpan<byte> value, ReadOnlySpan<byte> literal) =>
        value.SequenceEqual(literal) || Ascii.EqualsIgnoreCase(value, literal);

    // Setting bit 5 of every byte makes the cases of a letter equal; what else it makes equal is told apart afterwards.
    private static int Hash(ReadOnlySpan<byte> text)
    {
        const ulong CaseBits = 0x2020_2020_2020_2020;
        const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)text.Length * Multiplier;
        while (text.Length >= 8)
        {
            hash = (hash ^ (BinaryPrimitives.ReadUInt64LittleEndian(text) | CaseBits)) * Multiplier;
            hash ^= hash >> 29;
            text = text[8..];
        }

        var rest = 0UL;
        foreach (var value in text)
            rest = (rest << 8) | (uint)(value | 0x20);
        hash = (hash ^ rest) * Multiplier;
        return (int)(hash >> 33);
    }
}
