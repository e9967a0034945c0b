using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Kernel;

namespace McpSecurity.Correlation.Tests.Engine;

public class RuleSetTests
{
    private const string Failed = "title: Failed\nname: failed\nlogsource: {product: windows}\ndetection: {a: {A: x}, condition: a}\nlevel: low\n";

    [Fact]
    public void A_rule_without_a_level_is_medium()
    {
        var compilation = Sigma.Compile("title: T\nlogsource: {product: x}\ndetection: {a: {A: x}, condition: a}\n");
        Assert.Equal(Severity.Medium, Assert.Single(compilation.Rules).Level);
    }

    [Fact]
    public void A_rule_is_identified_by_its_uuid_else_by_its_id_else_by_its_text()
    {
        const string Body = "logsource: {product: x}\ndetection: {a: {A: x}, condition: a}\nlevel: low\n";
        var rules = Sigma.Compile(
            "title: T\nid: 0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a01\n" + Body, "title: T\nid: ours-1\n" + Body, "title: T\n" + Body,
            $"title: A\n{Body}---\ntitle: B\n{Body}").Rules;
        Assert.Equal(new Guid("0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a01"), rules[0].FindingKey);
        Assert.Equal(5, rules[1].FindingKey.Version);
        Assert.Distinct(rules.Select(rule => rule.FindingKey));
        var again = Sigma.Compile("title: Other\nid: ours-1\n" + Body, "title: T\n" + Body).Rules;
        Assert.Equal([rules[1].FindingKey, rules[2].FindingKey], again.Select(rule => rule.FindingKey));
    }

    [Fact]
    public void The_second_of_two_rules_with_one_id_does_not_load()
    {
        var compilation = Sigma.Compile(Failed, Failed);
        Assert.Equal((2, 1), (compilation.DocumentCount, compilation.CompiledCount));
        var error = Assert.Single(compilation.Errors);
        Assert.Equal(("RULE_ID_DUPLICATE", "rule1.yml"), (error.Code, error.File));
        Assert.Contains("rule0.yml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_rule_of_a_file_leaves_the_others_of_it_alone()
    {
        var compilation = Sigma.Compile(Failed + "---\ntitle: Bad\nlogsource: {product: x}\ndetection: {condition: a}\nlevel: low\n---\n"
            + Failed.Replace("failed", "other", StringComparison.Ordinal));
        Assert.Equal((3, 2), (compilation.DocumentCount, compilation.CompiledCount));
        Assert.Equal([1, 12], compilation.Rules.Select(rule => rule.Line));
    }

    [Fact]
    public void Every_type_of_correlation_compiles_with_what_it_refers_to()
    {
        var types = new Dictionary<string, CorrelationType>
        {
            ["event_count"] = CorrelationType.EventCount,
            ["value_count"] = CorrelationType.ValueCount,
            ["value_sum"] = CorrelationType.ValueSum,
            ["value_avg"] = CorrelationType.ValueAverage,
            ["value_percentile"] = CorrelationType.ValuePercentile,
            ["temporal"] = CorrelationType.Temporal,
            ["temporal_ordered"] = CorrelationType.TemporalOrdered,
        };
        foreach (var (name, type) in types)
        {
            var compilation = Sigma.Compile(
                Failed,
                $"title: C\nid: 0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a09\ncorrelation:\n    type: {name}\n    rules: [failed]\n    group-by: [who]\n    timespan: 90m\n"
                + "    condition: {field: [User, Host], gt: 100, lte: 200.5}\n    aliases: {who: {failed: TargetUserName}}\ngenerate: true\nlevel: high\n",
                "title: Chain\ncorrelation: {type: temporal, rules: [0d3f8f0e-52a4-4c1e-9d6f-6a0f1b7c2a09, failed], group-by: [x], timespan: 1d}");
            Assert.Empty(compilation.Errors);
            Assert.Equal(["RULE_CORRELATION_NOT_EVALUATED", "RULE_CORRELATION_NOT_EVALUATED"], compilation.Diagnostics.Select(item => item.Code));
            var correlation = compilation.Correlations[0];
            Assert.Equal((type, TimeSpan.FromMinutes(90), Severity.High, true), (correlation.Type, correlation.TimeSpan, correlation.Metadata.Level, correlation.GeneratesRules));
            Assert.Equal([compilation.Rules[0].FindingKey], correlation.Rules);
            Assert.Equal([new CorrelationBound(ComparisonOperator.Greater, 100), new CorrelationBound(ComparisonOperator.LessOrEqual, 200.5)], correlation.Bounds);
            Assert.Equal("TargetUserName", Assert.Single(correlation.Aliases).Fields["failed"]);
            Assert.Equal(name.StartsWith("value", StringComparison.Ordinal) ? ["User", "Host"] : [], correlation.ValueFields);
            Assert.Equal([correlation.FindingKey, compilation.Rules[0].FindingKey], compilation.Correlations[1].Rules);
        }
    }

    [Fact]
    public void Rules_that_a_correlation_refers_to_go_on_reporting_until_correlations_are_run()
    {
        var compilation = Sigma.Compile(
            Failed, "title: C\ncorrelation: {type: event_count, rules: [failed], group-by: [x], timespan: 1m, condition: {gte: 2}}");
        Assert.Single(compilation.Program.Rules);
    }

    [Theory]
    [InlineData("selection")]
    [InlineData("not selection")]
    public void A_filter_takes_its_selection_away_in_either_form(string condition)
    {
        var compilation = Sigma.Compile(Failed, Filter("product: windows", condition));
        Assert.Empty(compilation.Diagnostics);
        Assert.Equal(["F"], compilation.Filters);
        Assert.Equal(["F"], compilation.Rules[0].AppliedFilters);
        var batch = EventBuilder.Batch(
            new EventBuilder().With("A", "x").With("User", "adm_1"), new EventBuilder().With("A", "x").With("User", "eve"));
        Assert.Equal([new Finding(0, 1)], Sigma.Detect(compilation.Program, batch));
    }

    [Fact]
    public void A_filter_for_another_log_source_leaves_the_rule_alone()
    {
        var compilation = Sigma.Compile(Failed, Filter("category: firewall", "selection"));
        Assert.Equal("RULE_FILTER_NOT_APPLIED", Assert.Single(compilation.Diagnostics).Code);
        Assert.Single(Sigma.Detect(compilation.Program, EventBuilder.Batch(new EventBuilder().With("A", "x").With("User", "adm_1"))));
    }

    [Fact]
    public void Placeholders_take_their_values_with_wildcards_and_names_without_case()
    {
        var options = new RuleSetOptions
        {
            Placeholders = new Dictionary<string, IReadOnlyList<string>> { ["servers"] = ["srv*", "dc?"], ["nets"] = ["10.0.0.0/8"] },
        };
        const string Detection = "a:\n    Host|expand: 'x-%Servers%'\nb:\n    Text|contains|expand: '\\%%servers%'\nc:\n    Ip|cidr|expand: '%Nets%'\ncondition: 1 of them";
        Assert.True(Sigma.Matches(Detection, new EventBuilder().With("Host", "x-srv17"), options));
        Assert.True(Sigma.Matches(Detection, new EventBuilder().With("Host", "X-DC1"), options));
        Assert.True(Sigma.Matches(Detection, new EventBuilder().With("Text", "a %srv b"), options));
        Assert.True(Sigma.Matches(Detection, new EventBuilder().With("Ip", "10.2.3.4"), options));
        Assert.False(Sigma.Matches(Detection, new EventBuilder().With("Host", "srv17").With("Text", "srv").With("Ip", "11.1.1.1"), options));
    }

    private static string Filter(string logSource, string condition) =>
        $"title: F\nlogsource:\n    {logSource}\nfilter:\n    rules: [failed]\n    selection:\n        User|startswith: adm_\n    condition: {condition}\n";
}
