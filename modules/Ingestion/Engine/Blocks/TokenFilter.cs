using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>A word as the filter knows it: two numbers from which its four bits follow.</summary>
/// <param name="First">0 to 2^31-1.</param>
/// <param name="Second">Odd, 1 to 2^31-1.</param>
public readonly record struct FilterToken(long First, long Second);

/// <summary>
/// The words of a block as a Bloom filter that PostgreSQL can test. Bit i of the filter is bit <c>i % 8</c> (lowest
/// first) of byte <c>i / 8</c>, which is how <c>get_bit(bytea, bigint)</c> counts. A filter of m bits (a power of two)
/// has word (a, b) when the bits <c>(a + k·b) &amp; (m - 1)</c> are set for k = 0…3. An empty filter says nothing.
///
/// A word is a longest run of ASCII letters, digits and <c>_</c>, of at least two characters, without case; a run that
/// touches a byte of 0x80 or above is no word of the filter.
/// </summary>
public static class TokenFilter
{
    internal const int Hashes = 4;

    /// <summary>
    /// Bits a word at least; up to twice as many after rounding up, around 8. Chosen: at most 7 %, on average 3 %, of
    /// the
    /// blocks are read in vain for one word, for 16 bytes an event.
    /// </summary>
    internal const double BitsPerToken = 5.66;

    internal const int MinWordLength = 2;

    /// <summary>0 for a byte that is in no word; 1 for one of a word; 2 for a byte beyond ASCII.</summary>
    private static readonly byte[] Classes = CreateClasses();

    private static readonly ulong[] TailMasks =
        [.. Enumerable.Range(0, 8).Select(length => length == 0 ? 0 : ulong.MaxValue >> (64 - (length * 8)))];

    /// <summary>Whether a filter may have the word; true for an empty filter.</summary>
    public static bool MayContain(ReadOnlySpan<byte> filter, FilterToken token)
    {
        if (filter.IsEmpty)
            return true;
        var mask = ((long)filter.Length * 8) - 1;
        for (var k = 0; k < Hashes; k++)
        {
            var bit = (token.First + (k * token.Second)) & mask;
            if ((filter[(int)(bit >> 3)] & (1 << (int)(bit & 7))) == 0)
                return false;
        }

        return true;
    }

    /// <summary>
    /// The same test as an SQL expression. Arguments are SQL: a column of type <c>bytea</c> and two of type
    /// <c>bigint</c> (parameters for <see cref="FilterToken.First"/> and <see cref="FilterToken.Second"/>).
    /// </summary>
    public static string Sql(string filter, string first, string second)
    {
        var bits = Enumerable.Range(0, Hashes).Select(k => string.Create(
            CultureInfo.InvariantCulture,
            $"get_bit({filter}, ({first} + {k} * {second}) & (octet_length({filter})::bigint * 8 - 1)) = 1"));
        return $"(octet_length({filter}) = 0 OR ({string.Join(" AND ", bits)}))";
    }

    /// <summary>The one word that a text is; false when it is none or several.</summary>
    internal static bool TryToken(ReadOnlySpan<byte> word, out FilterToken token)
    {
        token = default;
        var at = 0;
        if (word.Length < MinWordLength || !TryNextWord(word, ref at, out var start, out var length) || start != 0
            || length != word.Length)
        {
            return false;
        }

        token = TokenOf(HashOf(word));
        return true;
    }

    /// <summary>The next word at or behind <paramref name="at"/>, which is moved behind it.</summary>
    internal static bool TryNextWord(ReadOnlySpan<byte> text, ref int at, out int start, out int length)
    {
        var classes = Classes;
        while (true)
        {
            while (at < text.Length && classes[text[at]] == 0)
                at++;
            start = at;
            var all = 0;
            while (at < text.Length && classes[text[at]] is not 0 and var c)
            {
                all |= c;
                at++;
            }

            length = at - start;
            if (length == 0)
                return false;
            if (all == 1 && length >= MinWordLength)
                return true;
        }
    }

    internal static bool IsWordByte(byte b) => Classes[b] != 0;

    /// <summary>A hash that takes upper and lower case for the same; never 0.</summary>
    internal static ulong HashOf(ReadOnlySpan<byte> word)
    {
        const ulong Lower = 0x2020202020202020;
        var hash = (ulong)word.Length * 0x9E3779B97F4A7C15;
        while (word.Length >= 8)
        {
            hash = Mix(hash ^ (BinaryPrimitives.ReadUInt64LittleEndian(word) | Lower));
            word = word[8..];
        }

        if (!word.IsEmpty)
        {
            ulong tail = 0;
            for (var i = word.Length - 1; i >= 0; i--)
                tail = (tail << 8) | word[i];
            hash = Mix(hash ^ (tail | (Lower & TailMasks[word.Length])));
        }

        return Mix(hash) | 1;
    }

    internal static FilterToken TokenOf(ulong hash) =>
        new((long)((hash >> 1) & int.MaxValue), (long)((hash >> 33) & int.MaxValue) | 1);

    /// <summary>Bytes of a filter for so many words: a power of two of bits, 0 for none.</summary>
    internal static int SizeFor(int words)
    {
        if (words == 0)
            return 0;
        var bits = BitOperations.RoundUpToPowerOf2((uint)(words * BitsPerToken));
        return Math.Clamp((int)(bits / 8), 8, BlockLimits.FilterBytes);
    }

    internal static void Set(Span<byte> filter, ulong hash)
    {
        var token = TokenOf(hash);
        var mask = ((long)filter.Length * 8) - 1;
        for (var k = 0; k < Hashes; k++)
        {
            var bit = (token.First + (k * token.Second)) & mask;
            filter[(int)(bit >> 3)] |= (byte)(1 << (int)(bit & 7));
        }
    }

    private static ulong Mix(ulong value)
    {
        value *= 0xD6E8FEB86659FD93;
        value ^= value >> 32;
        value *= 0xD6E8FEB86659FD93;
        return value ^ (value >> 29);
    }

    private static byte[] CreateClasses()
    {
        var classes = new byte[256];
        for (var b = 0; b < 256; b++)
            classes[b] = b >= 0x80 ? (byte)2 : char.IsAsciiLetterOrDigit((char)b) || b == '_' ? (byte)1 : (byte)0;
        return classes;
    }
}
