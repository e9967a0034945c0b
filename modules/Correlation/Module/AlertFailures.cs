using McpSecurity.Kernel;

namespace McpSecurity.Correlation;

/// <summary>Why requests about alerts are refused.</summary>
internal static class AlertFailures
{
    public static readonly Failure CursorInvalid = Failure.Invalid(
        "alerts.cursor_invalid", "This cursor is not one that a list gave out.");

    public static readonly Failure TooManyStreams = Failure.Overloaded(
        "alerts.too_many_streams", "Too many live pages are open.", TimeSpan.FromSeconds(10));

    public static Failure NotFound(Guid id) => Failure.NotFound("alert.not_found", $"There is no alert {id}.");
}
