using System.Collections.Concurrent;
using System.Text;

namespace McpSecurity.Pipeline;

/// <summary>A field name, interned once per process. <see cref="None"/> stands for a name the table had no room for.</summary>
public readonly record struct FieldId(int Value)
{
    public static FieldId None => default;

    public bool IsNone => Value == 0;
}

/// <summary>
/// The field names of this process. Names are compared without case and without spaces and punctuation other than
/// <c>. _ @</c>, so that a rule's <c>ThreatName</c> finds an event's <c>Threat Name</c>; the first spelling seen is the
/// one shown. Names come from senders, so the table is bounded: past <see cref="Capacity"/> a new name gets
/// <see cref="FieldId.None"/>, its value is kept in the original record only, and <see cref="Refused"/> counts it.
/// Interning allocates; decoders intern on the first sight of a path and keep the id.
/// </summary>
public static class FieldTable
{
    /// <summary>Distinct names a process keeps; chosen: ten times what ECS and all Sigma rules name together.</summary>
    public const int Capacity = 65_536;

    /// <summary>A longer name is refused; chosen: the longest ECS name has 66 characters.</summary>
    public const int MaxNameLength = 256;

    private static readonly ConcurrentDictionary<string, int> Ids = new(StringComparer.Ordinal);
    private static readonly string[] Names = new string[Capacity];
    private static readonly Lock Gate = new();
    private static int _count = 1;
    private static long _refused;

    /// <summary>Names in the table; ids run from 1 to this number.</summary>
    public static int Count => Volatile.Read(ref _count) - 1;

    public static long Refused => Volatile.Read(ref _refused);

    public static FieldId Intern(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var key = Fold(name);
        if (Ids.TryGetValue(key, out var id))
            return new FieldId(id);
        if (key.Length == 0 || name.Length > MaxNameLength)
        {
            Interlocked.Increment(ref _refused);
            return FieldId.None;
        }

        lock (Gate)
        {
            if (Ids.TryGetValue(key, out id))
                return new FieldId(id);
            if (_count == Capacity)
            {
                Interlocked.Increment(ref _refused);
                return FieldId.None;
            }

            id = _count;
            Names[id] = name;
            // The name stands before the id can be seen: readers index Names without the lock.
            Volatile.Write(ref _count, id + 1);
            Ids[key] = id;
            return new FieldId(id);
        }
    }

    public static FieldId Intern(ReadOnlySpan<byte> utf8Name) => Intern(Encoding.UTF8.GetString(utf8Name));

    /// <summary>The id of a name somebody asks for; never adds one.</summary>
    public static bool TryFind(string name, out FieldId id)
    {
        ArgumentNullException.ThrowIfNull(name);
        var found = Ids.TryGetValue(Fold(name), out var value);
        id = new FieldId(value);
        return found;
    }

    public static string NameOf(FieldId id) => Names[id.Value] ?? string.Empty;

    private static string Fold(string name)
    {
        Span<char> folded = name.Length <= MaxNameLength ? stackalloc char[name.Length] : new char[name.Length];
        var length = 0;
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '@' || c > 127)
                folded[length++] = char.ToLowerInvariant(c);
        }

        return new string(folded[..length]);
    }
}
