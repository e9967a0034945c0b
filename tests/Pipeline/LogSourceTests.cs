namespace McpSecurity.Pipeline.Tests;

public class LogSourceTests
{
    private static readonly LogSource Sysmon = new("windows", "sysmon", ["registry_event", "registry_set"]);

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("windows", null, null, true)]
    [InlineData("Windows", "REGISTRY_SET", "Sysmon", true)]
    [InlineData("windows", "registry_event", null, true)]
    [InlineData(null, "registry_set", null, true)]
    [InlineData("linux", null, null, false)]
    [InlineData("windows", "registry_add", null, false)]
    [InlineData("windows", "registry", null, false)]
    [InlineData("windows", null, "security", false)]
    public void A_source_answers_when_everything_asked_for_holds(
        string? product, string? category, string? service, bool answers) =>
        Assert.Equal(answers, Sysmon.Answers(product, category, service));

    [Fact]
    public void An_unknown_source_answers_only_those_that_ask_for_nothing()
    {
        Assert.True(LogSource.Unknown.Answers(null, null, null));
        Assert.False(LogSource.Unknown.Answers("windows", null, null));
        Assert.False(LogSource.Unknown.Answers(null, "process_creation", null));
        Assert.False(LogSource.Unknown.Answers(null, null, "sysmon"));
    }

    [Fact]
    public void The_same_source_has_the_same_id_whatever_the_order_of_its_categories()
    {
        var id = LogSourceTable.Intern("test", "order", "b", "a");

        Assert.Equal(id, LogSourceTable.Intern("test", "order", "a", "b"));
        Assert.NotEqual(id, LogSourceTable.Intern("test", "order", "a"));
        Assert.NotEqual(id, LogSourceTable.Intern("test", null, "a", "b"));
        Assert.Equal(["a", "b"], LogSourceTable.Get(id).Categories);
    }

    [Fact]
    public void Nothing_known_is_id_zero()
    {
        Assert.Equal(0, LogSourceTable.Intern(null, null));
        Assert.Same(LogSource.Unknown, LogSourceTable.Get(0));
    }
}
