using McpSecurity.Correlation.Tests.Engine.Support;

namespace McpSecurity.Correlation.Tests.Engine;

/// <summary>The language by example: <c>Cases/matching.cases</c>.</summary>
public class MatchingCaseTests
{
    public static TheoryData<string> Titles() => [.. Cases.Read("matching.cases").Select(item => item.Title)];

    [Theory]
    [MemberData(nameof(Titles))]
    public void A_detection_matches_what_the_case_says(string title)
    {
        var item = Cases.Read("matching.cases").Single(item => item.Title == title);
        var detection = string.Join('\n', item.Lines.Where(line => !IsEvent(line)));
        var events = item.Lines.Where(IsEvent).ToList();
        Assert.Contains(events, line => line[0] == '-');
        foreach (var line in events)
        {
            var matches = Sigma.Matches(detection, Event(line[2..]));
            Assert.True(matches == (line[0] == '+'), $"{line}\n{(matches ? "matches" : "does not match")}\n{detection}");
        }
    }

    private static bool IsEvent(string line) => line.StartsWith("+ ", StringComparison.Ordinal) || line.StartsWith("- ", StringComparison.Ordinal);

    private static EventBuilder Event(string text)
    {
        var built = new EventBuilder();
        if (text == "(nothing)")
            return built;
        if (text.StartsWith("orig:", StringComparison.Ordinal))
            return built.Original(text[5..]);
        foreach (var field in text.Split(" ; "))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            var value = field[(equals + 1)..].Replace("\\n", "\n", StringComparison.Ordinal);
            built.With(field[..equals], value == "NULL" ? null : value);
        }

        return built;
    }
}
