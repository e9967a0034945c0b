using System.Text;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>Log sources as people read them: <c>windows/sysmon</c>; made once each.</summary>
internal static class LogSourceLabels
{
    private static readonly byte[]?[] Labels = new byte[]?[LogSourceTable.Capacity];

    public static ReadOnlySpan<byte> Get(int logSource) => Labels[logSource] ??= Create(LogSourceTable.Get(logSource));

    private static byte[] Create(LogSource source)
    {
        var second = source.Service ?? (source.Categories.Count > 0 ? source.Categories[0] : null);
        string?[] parts = [source.Product, second];
        var label = string.Join('/', parts.Where(part => !string.IsNullOrEmpty(part)));
        return Encoding.UTF8.GetBytes(label.Length == 0 ? "unknown" : label);
    }
}
