namespace McpSecurity.Correlation.Engine;

/// <summary>A rule matched an event.</summary>
/// <param name="Rule">Index into <see cref="RuleProgram.Rules"/>.</param>
/// <param name="Event">Index into the batch's entries.</param>
public readonly record struct Finding(int Rule, int Event);

/// <summary>
/// What a <see cref="Detector"/> found in one batch, in event order and for one event in rule order. Grows to what it
/// needs and stays there; owned by the caller, one thread at a time.
/// </summary>
public sealed class FindingBuffer
{
    private Finding[] _items = new Finding[256];

    public int Count { get; private set; }

    public ReadOnlySpan<Finding> Items => _items.AsSpan(0, Count);

    public void Clear() => Count = 0;

    internal void Add(int rule, int eventIndex)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Count * 2);
        _items[Count++] = new Finding(rule, eventIndex);
    }
}
