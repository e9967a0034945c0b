namespace McpSecurity.Kernel.Tests;

public class ResultTests
{
    private static readonly Failure Refusal = Failure.Conflict("thing.taken", "Somebody has it.");

    [Fact]
    public void A_value_is_handed_out_on_success()
    {
        Result<int> result = 7;

        Assert.True(result.Succeeded(out var value, out var failure));
        Assert.Equal(7, value);
        Assert.Null(failure);
        Assert.Equal("7", result.Match(v => $"{v}", f => f.Code));
    }

    [Fact]
    public void A_failure_is_handed_out_unchanged()
    {
        Result<int> result = Refusal;

        Assert.False(result.Succeeded(out _, out var failure));
        Assert.Same(Refusal, failure);
        Assert.Equal("thing.taken", result.Match(v => $"{v}", f => f.Code));
    }

    [Fact]
    public void A_null_value_is_a_success_like_any_other()
    {
        var result = Result<string?>.From(null);

        Assert.True(result.Succeeded(out var value, out _));
        Assert.Null(value);
    }

    [Fact]
    public void An_unassigned_result_throws_instead_of_reading_as_success()
    {
        var unassigned = default(Result<int>);
        var fromArray = new Result<Done>[1];

        Assert.Throws<InvalidOperationException>(() => unassigned.Succeeded(out _, out _));
        Assert.Throws<InvalidOperationException>(() => unassigned.Match(v => v, _ => -1));
        Assert.Throws<InvalidOperationException>(() => fromArray[0].Succeeded(out _, out _));
    }

    [Fact]
    public void A_retryable_failure_carries_how_long_to_wait()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), Failure.Overloaded("x.full", "Full.", TimeSpan.FromSeconds(2)).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(3), Failure.Unavailable("x.gone", "Gone.", TimeSpan.FromSeconds(3)).RetryAfter);
        Assert.Null(Refusal.RetryAfter);
        Assert.Empty(Refusal.Details);
    }
}
