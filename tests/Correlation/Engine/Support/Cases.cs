using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine.Support;

internal sealed record Case(string Title, IReadOnlyList<string> Lines);

/// <summary>
/// Reads a case table: <c>### title</c> starts a case, <c>## heading</c> and lines that start with <c># </c> are for the
/// reader, empty lines at the ends of a case are dropped.
/// </summary>
internal static class Cases
{
    public static List<Case> Read(string file)
    {
        var cases = new List<(string Title, List<string> Lines)>();
        foreach (var line in File.ReadLines(RepositoryRoot.Combine("tests", "Correlation", "Engine", "Cases", file)))
        {
            if (line.StartsWith("### ", StringComparison.Ordinal))
                cases.Add((line[4..], []));
            else if (cases.Count > 0 && !line.StartsWith("## ", StringComparison.Ordinal) && !line.StartsWith("# ", StringComparison.Ordinal))
                cases[^1].Lines.Add(line);
        }

        return cases.ConvertAll(item => new Case(item.Title, Trimmed(item.Lines)));
    }

    private static List<string> Trimmed(List<string> lines)
    {
        while (lines.Count > 0 && lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        return lines;
    }
}
