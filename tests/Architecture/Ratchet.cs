using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests;

/// <summary>
/// The known exceptions, in the one file Ratchet.txt: <c>rule | subject | because</c>. It may only shrink: an entry
/// that is not needed any more fails a test, and a new one is seen in review.
/// </summary>
internal static class Ratchet
{
    public static IReadOnlyList<(string Rule, string Subject)> Entries { get; } = Read();

    public static bool Forgives(string rule, Violation violation) => Entries.Contains((rule, violation.Subject));

    private static List<(string Rule, string Subject)> Read() =>
        Repository.Product.Read("tests/Architecture/Ratchet.txt").Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(" | ") is [var rule, var subject, { Length: > 10 }]
                ? (rule, subject)
                : throw new InvalidDataException($"Ratchet.txt: '{line}' is not: rule | subject | because"))
            .ToList();
}
