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

    private static readonly FieldNames Table = new(Capacity);

    /// <summary>Names in the table; ids run from 1 to this number.</summary>
    public static int Count => Table.Count;

    public static long Refused => Table.Refused;

    public static FieldId Intern(string name) => Table.Intern(name);

    public static FieldId Intern(ReadOnlySpan<byte> utf8Name) => Intern(Encoding.UTF8.GetString(utf8Name));

    /// <summary>The id of a name somebody asks for; never adds one.</summary>
    public static bool TryFind(string name, out FieldId id) => Table.TryFind(name, out id);

    public static string NameOf(FieldId id) => Table.NameOf(id);
}
