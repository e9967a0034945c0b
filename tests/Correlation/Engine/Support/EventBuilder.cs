using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Tests.Engine.Support;

/// <summary>Puts events together slot by slot, so that a test need not know any record format.</summary>
internal sealed class EventBuilder
{
    private readonly List<(string Field, string? Text, FieldKind Kind)> _fields = [];
    private string _original = "{}";
    private int _logSource = LogSourceTable.Intern("windows", "sysmon", "process_creation");

    public EventBuilder With(string field, string? text, FieldKind kind = FieldKind.Text)
    {
        _fields.Add((field, text, text is null ? FieldKind.Null : kind));
        return this;
    }

    public EventBuilder Original(string text)
    {
        _original = text;
        return this;
    }

    public EventBuilder From(int logSource)
    {
        _logSource = logSource;
        return this;
    }

    /// <summary>A batch of these events; originals are the payload, values stand behind it.</summary>
    public static EventBatch Batch(params ReadOnlySpan<EventBuilder> events)
    {
        var batch = new EventBatch();
        var payload = new List<byte>();
        var places = new List<(int Start, int Length)>();
        foreach (var item in events)
        {
            var original = Encoding.UTF8.GetBytes(item._original);
            places.Add((payload.Count, original.Length));
            payload.AddRange(original);
        }

        batch.Load([.. payload]);
        for (var index = 0; index < events.Length; index++)
        {
            batch.BeginEvent();
            foreach (var (field, text, kind) in events[index]._fields)
            {
                var bytes = Encoding.UTF8.GetBytes(text ?? string.Empty);
                batch.AddSlot(FieldTable.Intern(field), batch.AppendText(bytes), bytes.Length, kind);
            }

            batch.EndEvent(new EventEntry
            {
                OriginalStart = places[index].Start,
                OriginalLength = places[index].Length,
                LogSource = events[index]._logSource,
                Ordinal = index + 1,
            });
        }

        return batch;
    }
}
