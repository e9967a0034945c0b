using System.IO.Compression;
using System.Text;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Support;

/// <summary>Short ways to events for tests.</summary>
internal static class Events
{
    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const long Received = 1_767_225_600_000_000;

    public static EventOrigin Origin(string? format = null, string name = "test") =>
        new(TenantId.Default, format, name, Received);

    public static Result<DecodedRequest> TryDecode(byte[] body, string? format = null, string name = "test") =>
        new RequestDecoder(new EventBatchPool()).Decode(body, Origin(format, name));

    public static DecodedRequest Decode(string body, string? format = null) => Decode(Encoding.UTF8.GetBytes(body), format);

    public static DecodedRequest Decode(byte[] body, string? format = null)
    {
        Assert.True(
            TryDecode(body, format).Succeeded(out var decoded, out var failure), $"{failure?.Code}: {failure?.Message}");
        return decoded;
    }

    public static Failure Refused(byte[] body, string? format = null)
    {
        Assert.False(TryDecode(body, format).Succeeded(out _, out var failure), "The body was taken.");
        return failure!;
    }

    public static Failure Refused(string body, string? format = null) => Refused(Encoding.UTF8.GetBytes(body), format);

    public static byte[] Gzip(byte[] plain)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(plain);
        return output.ToArray();
    }

    public static byte[] Zip(params (string Name, byte[] Content)[] members)
    {
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in members)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return output.ToArray();
    }

    /// <summary>All values of a field, in order; null for null.</summary>
    public static IReadOnlyList<string?> Values(this EventBatch batch, int index, string field)
    {
        if (!FieldTable.TryFind(field, out var id))
            return [];
        List<string?> values = [];
        foreach (var slot in batch.SlotsOf(index))
        {
            if (slot.Field == id)
                values.Add(slot.Kind == FieldKind.Null ? null : Encoding.UTF8.GetString(batch.TextOf(slot)));
        }

        return values;
    }

    /// <summary>The field's first value, or null when the event lacks it.</summary>
    public static string? Value(this EventBatch batch, int index, string field) =>
        batch.Values(index, field) is { Count: > 0 } values ? values[0] : null;

    public static string Original(this EventBatch batch, int index) => Encoding.UTF8.GetString(batch.OriginalOf(index));

    public static LogSource Source(this EventBatch batch, int index) => LogSourceTable.Get(batch.Entries[index].LogSource);

    /// <summary>Every field with its values as "name=value" lines, sorted by name; values keep their order.</summary>
    public static string[] Describe(this EventBatch batch, int index, params string[] without)
    {
        var lines = new List<(string Name, string Text)>();
        foreach (var slot in batch.SlotsOf(index))
        {
            var name = FieldTable.NameOf(slot.Field);
            if (!without.Contains(name))
                lines.Add((name, slot.Kind == FieldKind.Null ? "(null)" : Encoding.UTF8.GetString(batch.TextOf(slot))));
        }

        return [.. lines.OrderBy(line => line.Name, StringComparer.Ordinal).Select(line => $"{line.Name}={line.Text}")];
    }

    /// <summary>Reads a file through the file reader: one description an event.</summary>
    public static (int Events, List<RecordError> Errors) Count(string path)
    {
        var errors = new List<RecordError>();
        var events = 0;
        var batch = new EventBatch();
        foreach (var file in new EventFileReader().Open([path], EventFormats.Auto))
        {
            using (file)
            {
                Assert.True(file.Failure is null, $"{file.Name}: {file.Failure?.Message}");
                while (file.TryRead(batch, errors))
                    events += batch.Count;
                Assert.True(file.Failure is null, $"{file.Name}: {file.Failure?.Message}");
            }
        }

        return (events, errors);
    }
}
