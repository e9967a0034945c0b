using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests;

/// <param name="Subject">What breaks the rule: a project, a type, a file with its line.</param>
/// <param name="Message">How, in words that follow the subject.</param>
internal sealed record Violation(string Subject, string Message);

/// <summary>
/// A rule about the code: a function from projects and assemblies to violations. It is run three times: on the
/// product (none), on the planted product (exactly <paramref name="Planted"/>), and for its subjects (not empty).
/// </summary>
internal sealed record Rule(
    string Name,
    Func<Repository, IEnumerable<string>> Subjects,
    Func<Repository, IEnumerable<Violation>> Check,
    string Planted,
    string Because)
{
    /// <summary>What the rule is about has not landed yet. Once it has, this must go: a test says so.</summary>
    public bool AwaitsItsFirstSubject { get; init; }

    public override string ToString() => Name;
}
