using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace McpSecurity.Host.Tests.Running;

/// <summary>Rules and events made for each other: rule n finds the events whose process is <c>planted-n.exe</c>.</summary>
internal static class Planted
{
    public static string RuleId(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"5f0c2d6e-5d5e-4d0a-9a53-{number:d12}");

    public static string Rule(int number, string title = "Planted", string level = "high", string more = "") => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        title: {{title}}
        id: {{RuleId(number)}}
        status: test
        level: {{level}}
        {{more}}
        logsource:
            product: windows
            category: process_creation
        detection:
            selection:
                Image|endswith: '\planted-{{number}}.exe'
            condition: selection
        """);

    public static string Event(int rule, string host = "host1", string user = "user1", string time = "2026-11-20T09:00:00Z", string id = "") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {"event":{"id":"{{id}}"},"@timestamp":"{{time}}","Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"{{host}}","User":"{{user}}","Image":"C:\\planted-{{rule}}.exe"}

            """);

    public static byte[] Zip(params (string Name, string Text)[] files) =>
        Zip([.. files.Select(file => (file.Name, Encoding.UTF8.GetBytes(file.Text)))]);

    public static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(bytes);
            }
        }

        return buffer.ToArray();
    }

    public static byte[] Gzip(byte[] plain)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(plain);
        return buffer.ToArray();
    }
}
