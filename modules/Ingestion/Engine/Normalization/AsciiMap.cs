using System.Text;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// A fixed map from ASCII names, compared without case, that is asked with UTF-8 and allocates nothing.
/// </summary>
internal sealed class AsciiMap<T>
{
    private readonly (byte[] Name, T Value)?[] _slots;

    public AsciiMap(IReadOnlyCollection<(string Name, T Value)> entries)
    {
        var size = 16;
        while (size < entries.Count * 4)
            size *= 2;
        _slots = new (byte[], T)?[size];
        foreach (var (name, value) in entries)
            Add(Encoding.UTF8.GetBytes(name), value);
    }

    public bool TryGet(ReadOnlySpan<byte> name, out T value)
    {
        for (var at = Hash(name) & (_slots.Length - 1); _slots[at] is { } entry; at = (at + 1) & (_slots.Length - 1))
        {
            if (Ascii.EqualsIgnoreCase(entry.Name, name))
            {
                value = entry.Value;
                return true;
            }
        }

        value = default!;
        return false;
    }

    /// <summary>The first of two entries with the same name stands.</summary>
    private void Add(byte[] name, T value)
    {
        var at = Hash(name) & (_slots.Length - 1);
        while (_slots[at] is { } entry)
        {
            if (Ascii.EqualsIgnoreCase(entry.Name, name))
                return;
            at = (at + 1) & (_slots.Length - 1);
        }

        _slots[at] = (name, value);
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var b in name)
            hash = (hash ^ (uint)(b | 0x20)) * 16777619u;
        return (int)(hash ^ (hash >> 15)) & int.MaxValue;
    }
}
