using McpSecurity.Kernel;

namespace McpSecurity.Persistence.Tests;

internal static class Failures
{
    /// <summary>The value, or a red test with the refusal's words.</summary>
    public static T Expect<T>(this Result<T> result) =>
        result.Match(value => value, failure =>
            throw new InvalidOperationException($"{failure.Code}: {failure.Message}"));

    /// <summary>The refusal, or a red test.</summary>
    public static Failure ExpectFailure<T>(this Result<T> result) =>
        result.Match(value => throw new InvalidOperationException($"Expected a refusal, got {value}."), failure =>
            failure);
}
