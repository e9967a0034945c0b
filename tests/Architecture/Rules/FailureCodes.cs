using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests.Rules;

/// <summary>Codes of failures, found where failures are made. A code belongs to one file, its aggregate's.</summary>
internal static partial class FailureCodes
{
    public static IEnumerable<string> Codes(Repository repository) => All(repository).Select(found => found.Code);

    public static IEnumerable<Violation> Check(Repository repository)
    {
        foreach (var code in All(repository).GroupBy(found => found.Code))
        {
            var places = string.Join(" and ", code.Select(found => found.Place).Distinct());
            if (code.Select(found => found.Place).Distinct().Count() > 1)
                yield return new Violation(code.Key, $"is made in {places}");
            else if (!WellFormed().IsMatch(code.Key))
                yield return new Violation(code.Key, $"in {places} is not of the form thing.what_is_wrong");
        }
    }

    private static IEnumerable<(string Code, string Place)> All(Repository repository) =>
        from file in repository.FilesBelow("src", ".cs").Concat(repository.FilesBelow("modules", ".cs"))
        let text = repository.Read(file)
        from match in Making().Matches(text)
        select (match.Groups["code"].Value, file);

    [GeneratedRegex("""(?:\bFailure\.[A-Z]\w+\(|new(?:\s+Failure)?\(\s*FailureKind\.\w+,)\s*"(?<code>[^"]+)",""")]
    private static partial Regex Making();

    [GeneratedRegex("^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)+$")]
    private static partial Regex WellFormed();
}
