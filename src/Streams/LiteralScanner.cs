using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace McpSecurity.Streams;

/// <summary>
/// Finds which of a set of literals stand anywhere in a value, in one pass, whatever their number.
///
/// Of each literal one piece of four bytes is chosen, the rarest one that few others share. A pass looks every four
/// bytes of the value up in a bit table, which is small enough to stay in the fastest cache, and only where a bit is
/// set in the pieces themselves, and then compares the literals that hold the piece. An automaton does the same with
/// one dependent, often uncached memory access a byte; measured against it in docs/adr (predicate index).
/// Literals of one to three bytes have tables of their own by their first two bytes.
///
/// Worst case: a value that repeats a piece costs one comparison for each literal that shares it, at most
/// a few, since pieces are chosen to be shared by few.
/// </summary>
internal sealed class LiteralScanner
{
    private const int PieceLength = 4;
    private const uint CaseBits = 0x2020_2020;

    private readonly byte[][] _literals;
    private readonly PostingList _postings;
    private readonly PieceTable? _pieces;
    private readonly ShortLiterals? _short;

    /// <param name="literals">Folded literals, none empty, with their predicates.</param>
    public LiteralScanner(IReadOnlyList<(byte[] Literal, int Predicate)> literals)
    {
        var groups = literals.GroupBy(literal => Convert.ToHexString(literal.Literal), StringComparer.Ordinal).ToList();
        _literals = [.. groups.Select(group => group.First().Literal)];
        _postings = new PostingList([.. groups.Select(group => group.Select(item => item.Predicate).ToList())]);
        var numbers = Enumerable.Range(0, _literals.Length).ToLookup(number => _literals[number].Length >= PieceLength);
        if (numbers[true].Any())
            _pieces = new PieceTable(_literals, numbers[true]);
        if (numbers[false].Any())
            _short = new ShortLiterals(_literals, numbers[false]);
    }

    /// <summary>Bytes of the tables.</summary>
    public long TableBytes => (_pieces?.TableBytes ?? 0) + (_short is null ? 0 : ShortLiterals.TableBytes);

    /// <param name="value">ASCII in any case, or folded text.</param>
    /// <param name="matcher">Told of every predicate found.</param>
    public void Find(ReadOnlySpan<byte> value, PredicateMatcher matcher)
    {
        if (_pieces is not null)
            FindLong(value, _pieces, matcher);
        if (_short is not null)
            FindShort(value, _short, matcher);
    }

    private void FindLong(ReadOnlySpan<byte> value, PieceTable pieces, PredicateMatcher matcher)
    {
        var at = 0;
        if (pieces.Nibbles is { } nibbles)
        {
            for (; at + NibbleTable.BlockLength <= value.Length; at += NibbleTable.Step)
            {
                for (var places = nibbles.FindPlaces(value[at..]); places != 0; places &= places - 1)
                    Look(value, at + BitOperations.TrailingZeroCount(places), pieces, matcher);
            }
        }

        if (value.Length - at < PieceLength)
            return;
        var bits = pieces.Bits;
        var shift = pieces.Shift;
        var piece = BinaryPrimitives.ReadUInt32LittleEndian(value[at..]) << 8;
        for (var end = at + PieceLength - 1; end < value.Length; end++)
        {
            piece = (piece >> 8) | ((uint)value[end] << 24);
            var hash = PieceTable.Hash(piece) >> shift;
            if ((bits[hash >> 5] >> (int)(hash & 31) & 1) != 0)
                Compare(value, end - PieceLength + 1, pieces.Find(piece), matcher);
        }
    }

    private void Look(ReadOnlySpan<byte> value, int at, PieceTable pieces, PredicateMatcher matcher)
    {
        var piece = BinaryPrimitives.ReadUInt32LittleEndian(value[at..]);
        var hash = PieceTable.Hash(piece) >> pieces.Shift;
        if ((pieces.Bits[hash >> 5] >> (int)(hash & 31) & 1) != 0)
            Compare(value, at, pieces.Find(piece), matcher);
    }

    private void Compare(ReadOnlySpan<byte> value, int at, ReadOnlySpan<LiteralPiece> candidates, PredicateMatcher matcher)
    {
        foreach (ref readonly var candidate in candidates)
        {
            var literal = _literals[candidate.Literal];
            var start = at - candidate.Offset;
            if (start >= 0 && literal.Length <= value.Length - start && EqualsFolded(value.Slice(start, literal.Length), literal))
                matcher.Found(_postings.Of(candidate.Literal));
        }
    }

    private void FindShort(ReadOnlySpan<byte> value, ShortLiterals table, PredicateMatcher matcher)
    {
        for (var at = 0; at < value.Length; at++)
        {
            var key = ShortLiterals.KeyOf(value[at], at + 1 < value.Length ? value[at + 1] : (byte)0);
            if ((table.Bits[key >> 5] >> (key & 31) & 1) == 0)
                continue;
            foreach (var number in table.Find(key))
            {
                var literal = _literals[number];
                if (literal.Length <= value.Length - at && EqualsFolded(value.Slice(at, literal.Length), literal))
                    matcher.Found(_postings.Of(number));
            }
        }
    }

    private static bool EqualsFolded(ReadOnlySpan<byte> value, ReadOnlySpan<byte> literal) =>
        value.SequenceEqual(literal) || Ascii.EqualsIgnoreCase(value, literal);

    /// <summary>Where in a literal its piece stands.</summary>
    private readonly record struct LiteralPiece(int Literal, int Offset);

    /// <summary>The pieces: a bit for each hash, and behind it an open-addressing table with the exact piece.</summary>
    private sealed class PieceTable
    {
        /// <summary>Bits per piece: one byte in about 64 of text without any piece is looked up in vain.</summary>
        private const int BitsPerPiece = 64;

        private readonly uint[] _keys;
        private readonly int[] _lists;
        private readonly int[] _starts;
        private readonly LiteralPiece[] _items;

        public PieceTable(byte[][] literals, IEnumerable<int> numbers)
        {
            var chosen = Choose(literals, numbers);
            var bitCount = Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)chosen.Count * BitsPerPiece), 1u << 10, 1u << 20);
            Shift = 32 - BitOperations.Log2(bitCount);
            Bits = new uint[bitCount / 32];
            _keys = new uint[BitOperations.RoundUpToPowerOf2((uint)chosen.Count * 2)];
            _lists = new int[_keys.Length];
            _starts = new int[chosen.Count + 1];
            var items = new List<LiteralPiece>();
            var list = 0;
            foreach (var (key, pieces) in chosen)
            {
                var hash = Hash(key);
                Bits[hash >> Shift >> 5] |= 1u << (int)(hash >> Shift & 31);
                var slot = hash & (_keys.Length - 1);
                while (_lists[slot] != 0)
                    slot = (slot + 1) & (_keys.Length - 1);
                (_keys[slot], _lists[slot]) = (key, list + 1);
                _starts[list++] = items.Count;
                items.AddRange(pieces);
            }

            _starts[list] = items.Count;
            _items = [.. items];
            if (chosen.Count <= NibbleTable.MaxPieces)
                Nibbles = new NibbleTable(chosen.Keys);
        }

        /// <summary>For few pieces: finds the places to look at sixteen at a time.</summary>
        public NibbleTable? Nibbles { get; }

        public uint[] Bits { get; }

        public int Shift { get; }

        public long TableBytes => (Bits.Length + _keys.Length + _lists.Length + _starts.Length + 2L * _items.Length) * sizeof(int);

        public static uint Hash(uint piece) => (piece | CaseBits) * 0x9E37_79B1;

        public ReadOnlySpan<LiteralPiece> Find(uint piece)
        {
            var key = piece | CaseBits;
            var slot = Hash(piece) & (_keys.Length - 1);
            while (_lists[slot] != 0)
            {
                if (_keys[slot] == key)
                {
                    var list = _lists[slot] - 1;
                    return _items.AsSpan(_starts[list], _starts[list + 1] - _starts[list]);
                }

                slot = (slot + 1) & (_keys.Length - 1);
            }

            return [];
        }

        // What many literals hold (\win, .exe) is what events hold, so the rarest piece among the literals is taken for the
        // rarest in events; characters decide among equals. Short literals first: they have the least to choose from.
        private static Dictionary<uint, List<LiteralPiece>> Choose(byte[][] literals, IEnumerable<int> numbers)
        {
            var popularity = new Dictionary<uint, int>();
            foreach (var literal in literals)
            {
                for (var offset = 0; offset + PieceLength <= literal.Length; offset++)
                    popularity[KeyAt(literal, offset)] = popularity.GetValueOrDefault(KeyAt(literal, offset)) + 1;
            }

            var chosen = new Dictionary<uint, List<LiteralPiece>>();
            foreach (var number in numbers.OrderBy(number => literals[number].Length))
            {
                var literal = literals[number];
                var (best, bestScore) = (0, int.MinValue);
                for (var offset = 0; offset + PieceLength <= literal.Length; offset++)
                {
                    var score = Frequency.Rarity(literal.AsSpan(offset, PieceLength)) - 8 * popularity[KeyAt(literal, offset)];
                    if (score > bestScore)
                        (best, bestScore) = (offset, score);
                }

                var key = KeyAt(literal, best);
                if (!chosen.TryGetValue(key, out var list))
                    chosen.Add(key, list = []);
                list.Add(new LiteralPiece(number, best));
            }

            return chosen;
        }

        private static uint KeyAt(byte[] literal, int offset) =>
            BinaryPrimitives.ReadUInt32LittleEndian(literal.AsSpan(offset)) | CaseBits;
    }

    /// <summary>Literals of one to three bytes, by their first two; those of one byte stand under every second byte.</summary>
    private sealed class ShortLiterals
    {
        private readonly Dictionary<int, int[]> _numbers = [];

        public ShortLiterals(byte[][] literals, IEnumerable<int> numbers)
        {
            var lists = new Dictionary<int, List<int>>();
            foreach (var number in numbers)
            {
                var literal = literals[number];
                for (var second = 0; second < 256; second++)
                {
                    if (literal.Length > 1 && second != (literal[1] | 0x20))
                        continue;
                    var key = KeyOf(literal[0], (byte)second);
                    if (!lists.TryGetValue(key, out var list))
                        lists.Add(key, list = []);
                    if (!list.Contains(number))
                        list.Add(number);
                }
            }

            foreach (var (key, list) in lists)
            {
                _numbers.Add(key, [.. list]);
                Bits[key >> 5] |= 1u << (key & 31);
            }
        }

        public static long TableBytes => (1 << 16) / 8;

        /// <summary>A bit for each pair of bytes that some literal starts with.</summary>
        public uint[] Bits { get; } = new uint[(1 << 16) / 32];

        public ReadOnlySpan<int> Find(int key) => _numbers[key];

        public static int KeyOf(byte first, byte second) => (first | 0x20) << 8 | (second | 0x20);
    }
}
