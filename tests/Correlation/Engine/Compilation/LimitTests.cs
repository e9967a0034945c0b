using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;

namespace McpSecurity.Correlation.Tests.Engine;

public class LimitTests
{
    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "RULE_CONDITION_TOO_DEEP")]
    [InlineData(20_000, "RULE_CONDITION_TOO_DEEP")]
    public void Parentheses_nest_so_deep_and_no_deeper(int depth, string? code) =>
        Assert.Equal(code, CodeOf($"condition: {new string('(', depth)}a{new string(')', depth)}"));

    [Theory]
    [InlineData(64, null)]
    [InlineData(65, "RULE_CONDITION_TOO_DEEP")]
    [InlineData(10_000, "RULE_CONDITION_TOO_DEEP")]
    public void Negations_nest_so_deep_and_no_deeper(int depth, string? code) =>
        Assert.Equal(code, CodeOf($"condition: {string.Concat(Enumerable.Repeat("not ", depth))}a"));

    [Fact]
    public void A_condition_is_no_book() =>
        Assert.Equal("RULE_CONDITION_TOO_DEEP", CodeOf($"condition: a{string.Concat(Enumerable.Repeat(" or a", 13_200))}"));

    [Fact]
    public void A_long_flat_condition_is_fine() =>
        Assert.Null(CodeOf($"condition: a{string.Concat(Enumerable.Repeat(" or a", 5_000))}"));

    [Fact]
    public void A_value_is_no_file() =>
        Assert.Equal("RULE_VALUE_TOO_LONG", CodeOf($"b:\n    A: {new string('x', RuleLimits.ValueBytes + 1)}\ncondition: a or b"));

    [Fact]
    public void Dashes_before_an_encoding_multiply_up_to_a_limit()
    {
        Assert.Null(CodeOf("b:\n    A|windash|base64: '-----'\ncondition: a or b"));
        Assert.Equal("RULE_VALUE_TOO_MANY", CodeOf("b:\n    A|windash|base64: '------'\ncondition: a or b"));
    }

    [Fact]
    public void A_short_condition_cannot_name_a_large_selection_without_end()
    {
        var values = string.Join(", ", Enumerable.Range(0, 5_000));
        Assert.Equal(
            "RULE_VALUE_TOO_MANY", CodeOf($"b:\n    A: [{values}]\ncondition: b{string.Concat(Enumerable.Repeat(" or b", 1_000))}"));
    }

    private static string? CodeOf(string detection) =>
        Sigma.Compile(Sigma.Rule("a:\n    A: x\n" + detection)).Errors.Select(error => error.Code).SingleOrDefault();
}
