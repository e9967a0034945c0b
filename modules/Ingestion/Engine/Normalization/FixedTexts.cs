using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// The texts that field tables hold, numbered once per process; all come from tables, none from a sender.
/// </summary>
internal static class FixedTexts
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, int> Ids = new(StringComparer.Ordinal);
    private static byte[][] _texts = [];

    public static int Intern(string text)
    {
        lock (Gate)
        {
            if (Ids.TryGetValue(text, out var id))
                return id;
            id = Ids.Count;
            _texts = [.. _texts, Encoding.UTF8.GetBytes(text)];
            Ids[text] = id;
            return id;
        }
    }

    public static byte[] Get(int id) => Volatile.Read(ref _texts)[id];
}

/// <summary>Where the fixed texts lie in the batch at hand: each is written at most once a batch.</summary>
internal sealed class BatchTexts
{
    private (int Stamp, int Start)[] _places = new (int, int)[64];
    private int _stamp;

    public void BeginBatch() => _stamp++;

    public (int Start, int Length) Place(EventBatch batch, int text)
    {
        if (text >= _places.Length)
            Array.Resize(ref _places, Math.Max(text + 1, _places.Length * 2));
        var bytes = FixedTexts.Get(text);
        ref var place = ref _places[text];
        if (place.Stamp != _stamp)
            place = (_stamp, batch.AppendText(bytes));
        return (place.Start, bytes.Length);
    }
}
