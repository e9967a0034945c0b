using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests;

public class RuleTests
{
    public static TheoryData<string> Names => [.. RuleBook.All.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_product_keeps_the_rule(string name)
    {
        var rule = Find(name);
        var violations = rule.Check(Repository.Product).Where(violation => !Ratchet.Forgives(name, violation)).ToList();

        Assert.True(violations.Count == 0, Describe(rule, violations));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rule_finds_its_planted_violation_and_nothing_else(string name)
    {
        var rule = Find(name);
        var violations = rule.Check(Repository.Planted).ToList();

        Assert.True(violations is [var only] && only.Subject == rule.Planted,
            $"Expected exactly {rule.Planted}. {Describe(rule, violations)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_rule_has_subjects(string name)
    {
        var rule = Find(name);
        var count = rule.Subjects(Repository.Product).Count();

        Assert.NotEmpty(rule.Subjects(Repository.Planted));
        if (rule.AwaitsItsFirstSubject)
            Assert.True(count == 0, $"{name} has {count} subjects now: remove AwaitsItsFirstSubject from RuleBook.");
        else
            Assert.True(count > 0, $"{name} looked at nothing, so it says nothing.");
    }

    [Fact]
    public void Every_entry_of_the_ratchet_is_still_needed()
    {
        var needed = RuleBook.All.SelectMany(rule =>
            rule.Check(Repository.Product).Select(violation => (rule.Name, violation.Subject))).ToHashSet();
        var stale = Ratchet.Entries.Where(entry => !needed.Contains((entry.Rule, entry.Subject))).ToList();

        Assert.True(stale.Count == 0, "Remove from Ratchet.txt, because it may only shrink: "
            + string.Join(", ", stale.Select(entry => $"{entry.Rule} | {entry.Subject}")));
    }

    private static Rule Find(string name) => RuleBook.All.Single(rule => rule.Name == name);

    private static string Describe(Rule rule, List<Violation> violations) =>
        $"{rule.Name}: {violations.Count} violations.\n"
        + string.Concat(violations.Select(violation => $"  {violation.Subject} {violation.Message},\n"))
        + $"  ... because {rule.Because}.";
}
