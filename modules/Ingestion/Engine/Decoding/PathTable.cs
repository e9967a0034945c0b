using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>
/// The JSON paths one decoder has met, as a trie of (parent, name): from a path follows its field, so that a name is
/// turned into a string once and not once an event. Records of one source name their fields in the same order, so each
/// path remembers which one came next, and the hash is a fallback.
///
/// Bounded: names come from senders. When the table is full it starts over, which costs some milliseconds and forgets
/// nothing that matters; what a name means is fixed by <see cref="PathNames"/> and <see cref="FieldTable"/>.
/// Not for concurrent use; a decoder has its own.
/// </summary>
internal sealed class PathTable
{
    public const int Root = 0;

    /// <summary>Chosen: ten times the paths of all log sources in the test corpora together.</summary>
    public const int Capacity = 16_384;

    /// <summary>Bytes of all names; an average of 64 a path is far above what occurs.</summary>
    public const int NameBytes = Capacity * 64;

    // Names chosen to collide would make every look-up a walk; they cannot be chosen without knowing this.
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private readonly int[] _buckets = new int[Capacity * 2];
    private readonly List<string> _fullNames = [];
    private Node[] _nodes = new Node[256];
    private byte[] _names = new byte[8 * 1024];
    private int _count;
    private int _nameLength;
    private int _last;

    public PathTable() => Clear();

    public int Count => _count;

    /// <summary>A record starts: its first name is looked for where the last record's first was.</summary>
    public void Rewind() => _last = Root;

    public ref readonly Node this[int path] => ref _nodes[path];

    /// <summary>The path of a name (unescaped) below another path.</summary>
    public int Child(int parent, ReadOnlySpan<byte> name)
    {
        var guess = _nodes[_last].Next;
        if (guess != Root && IsChild(guess, parent, name))
        {
            _last = guess;
            return guess;
        }

        var path = Find(parent, name);
        _nodes[_last].Next = path;
        _last = path;
        return path;
    }

    /// <summary>
    /// To be called between records: makes room when the next record could overflow the table. Paths from before mean
    /// nothing afterwards.
    /// </summary>
    public void MakeRoom()
    {
        if (_count > Capacity - PipelineLimits.RecordFields * 2 || _nameLength > NameBytes / 2)
            Clear();
    }

    private bool IsChild(int path, int parent, ReadOnlySpan<byte> name)
    {
        ref readonly var node = ref _nodes[path];
        return node.Parent == parent && name.SequenceEqual(_names.AsSpan(node.NameStart, node.NameLength));
    }

    private int Find(int parent, ReadOnlySpan<byte> name)
    {
        var bucket = (int)(Hash(parent, name) & (ulong)(_buckets.Length - 1));
        while (_buckets[bucket] != 0)
        {
            if (IsChild(_buckets[bucket], parent, name))
                return _buckets[bucket];
            bucket = (bucket + 1) & (_buckets.Length - 1);
        }

        return Add(bucket, parent, name);
    }

    private int Add(int bucket, int parent, ReadOnlySpan<byte> name)
    {
        // One record can bring more paths than fit; its further values stay in the original.
        if (_count == Capacity || _nameLength + name.Length > NameBytes)
            return PathNames.OverflowPath;
        if (_count == _nodes.Length)
            Array.Resize(ref _nodes, _count * 2);
        if (_nameLength + name.Length > _names.Length)
            Array.Resize(ref _names, Math.Min(NameBytes, Math.Max(_nameLength + name.Length, _names.Length * 2)));
        name.CopyTo(_names.AsSpan(_nameLength));
        var meaning = PathNames.Resolve(_nodes[parent].Role, _fullNames[parent], Encoding.UTF8.GetString(name));
        _nodes[_count] = new Node
        {
            Parent = parent,
            NameStart = _nameLength,
            NameLength = name.Length,
            Role = meaning.Role,
            Field = FieldOf(meaning.Name),
            AlsoField = FieldOf(meaning.AlsoName),
        };
        _fullNames.Add(meaning.Name ?? string.Empty);
        _nameLength += name.Length;
        _buckets[bucket] = _count;
        return _count++;
    }

    private static FieldId FieldOf(string? name) => string.IsNullOrEmpty(name) ? FieldId.None : FieldTable.Intern(name);

    private void Clear()
    {
        Array.Clear(_buckets);
        _fullNames.Clear();
        _fullNames.Add(string.Empty);
        _fullNames.Add(string.Empty);
        _nodes[Root] = new Node { Parent = -1, Role = PathRole.Root };
        _nodes[PathNames.OverflowPath] = new Node { Parent = -1, Role = PathRole.Overflow };
        _count = PathNames.OverflowPath + 1;
        _nameLength = 0;
        _last = Root;
    }

    private static ulong Hash(int parent, ReadOnlySpan<byte> name)
    {
        var hash = Seed ^ ((ulong)(uint)parent * 0x9E3779B97F4A7C15UL);
        while (name.Length >= 8)
        {
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name)) * Seed, 29);
            name = name[8..];
        }

        foreach (var b in name)
            hash = (hash ^ b) * Seed;
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        return hash ^ (hash >> 32);
    }

    internal struct Node
    {
        public int Parent;
        public int NameStart;
        public int NameLength;
        public int Next;
        public PathRole Role;
        public FieldId Field;

        /// <summary>A second name that the value answers to, or none.</summary>
        public FieldId AlsoField;
    }
}
