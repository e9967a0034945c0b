using System.Collections.Concurrent;

namespace McpSecurity.Pipeline;

/// <summary>
/// What wrote an event, in Sigma's words. One event can belong to several categories: a Sysmon event 13 is a
/// <c>registry_set</c> and a <c>registry_event</c>. Words are lower case.
/// </summary>
public sealed record LogSource(string? Product, string? Service, IReadOnlyList<string> Categories)
{
    /// <summary>Nothing is known about the source; only rules without a log source meet such events.</summary>
    public static LogSource Unknown { get; } = new(null, null, []);

    /// <summary>True when a rule that asks for these (each may be absent) must see events of this source.</summary>
    public bool Answers(string? product, string? category, string? service) =>
        (product is null || string.Equals(product, Product, StringComparison.OrdinalIgnoreCase))
        && (service is null || string.Equals(service, Service, StringComparison.OrdinalIgnoreCase))
        && (category is null || Has(category));

    private bool Has(string category)
    {
        for (var i = 0; i < Categories.Count; i++)
        {
            if (string.Equals(category, Categories[i], StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}

/// <summary>Log sources, interned once per process; id 0 is <see cref="LogSource.Unknown"/>. Bounded: past the capacity a new one is unknown.</summary>
public static class LogSourceTable
{
    /// <summary>Distinct sources a process keeps; chosen: Sigma names about 250.</summary>
    public const int Capacity = 4_096;

    private static readonly ConcurrentDictionary<string, int> Ids = new(StringComparer.Ordinal);
    private static readonly LogSource[] Sources = CreateSources();
    private static readonly Lock Gate = new();
    private static int _count = 1;

    public static int Count => Volatile.Read(ref _count);

    public static int Intern(string? product, string? service, params ReadOnlySpan<string> categories)
    {
        var sorted = categories.ToArray();
        Array.Sort(sorted, StringComparer.Ordinal);
        var key = $"{product}\n{service}\n{string.Join('\n', sorted)}";
        if (Ids.TryGetValue(key, out var id))
            return id;
        lock (Gate)
        {
            if (Ids.TryGetValue(key, out id))
                return id;
            if (_count == Capacity)
                return 0;
            id = _count;
            Sources[id] = new LogSource(product, service, sorted);
            Volatile.Write(ref _count, id + 1);
            Ids[key] = id;
            return id;
        }
    }

    public static LogSource Get(int id) => Sources[id];

    private static LogSource[] CreateSources()
    {
        var sources = new LogSource[Capacity];
        sources[0] = LogSource.Unknown;
        Ids["\n\n"] = 0;
        return sources;
    }
}
