using System.Collections.Concurrent;

namespace McpSecurity.Pipeline;

/// <summary>
/// The table behind <see cref="FieldTable"/>, apart from it so that its bounds can be tested. Ids run from 1 to
/// <paramref name="capacity"/> - 1 and are never taken back.
/// </summary>
internal sealed class FieldNames(int capacity)
{
    private readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly string[] _names = new string[capacity];
    private readonly Lock _gate = new();
    private int _count = 1;
    private long _refused;

    public int Count => Volatile.Read(ref _count) - 1;

    public long Refused => Volatile.Read(ref _refused);

    public FieldId Intern(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var key = Fold(name);
        if (_ids.TryGetValue(key, out var id))
            return new FieldId(id);
        if (key.Length == 0 || name.Length > FieldTable.MaxNameLength)
        {
            Interlocked.Increment(ref _refused);
            return FieldId.None;
        }

        lock (_gate)
        {
            if (_ids.TryGetValue(key, out id))
                return new FieldId(id);
            if (_count == capacity)
            {
                Interlocked.Increment(ref _refused);
                return FieldId.None;
            }

            id = _count;
            _names[id] = name;
            // The name stands before the id can be seen: readers index the names without the lock.
            Volatile.Write(ref _count, id + 1);
            _ids[key] = id;
            return new FieldId(id);
        }
    }

    public bool TryFind(string name, out FieldId id)
    {
        ArgumentNullException.ThrowIfNull(name);
        var found = _ids.TryGetValue(Fold(name), out var value);
        id = new FieldId(value);
        return found;
    }

    public string NameOf(FieldId id) => _names[id.Value] ?? string.Empty;

    private static string Fold(string name)
    {
        Span<char> folded = name.Length <= FieldTable.MaxNameLength ? stackalloc char[name.Length] : new char[name.Length];
        var length = 0;
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' || c > 127)
                folded[length++] = char.ToLowerInvariant(c);
        }

        return new string(folded[..length]);
    }
}
