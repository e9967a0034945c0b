using McpSecurity.Kernel;

namespace McpSecurity.Ingestion;

/// <summary>Why this module refuses things; the codes are documented in docs/specs/events.md.</summary>
internal static class IngestionFailures
{
    public static readonly Failure Busy = Failure.Overloaded(
        "events.busy", "More is being stored right now than this host keeps in memory; send it again.",
        TimeSpan.FromSeconds(1));

    public static readonly Failure LogUnavailable = Failure.Unavailable(
        "events.log_unavailable", "The event log cannot be written right now; send it again with the same Idempotency-Key.",
        TimeSpan.FromSeconds(1));

    public static readonly Failure KeyReused = Failure.Conflict(
        "events.idempotency_key_reused", "This Idempotency-Key was used with another body within the last 7 days.");

    public static readonly Failure LimitInvalid = Failure.Invalid(
        "query.limit_invalid", "The limit is 0 (every row) or a positive number.");

    public static Failure PageTooLarge(int most) => Failure.Invalid(
        "query.page_too_large",
        $"One JSON page holds 1 to {most} rows: follow nextCursor, or ask for application/x-ndjson with limit=0.");

    public static Failure KeyInvalid => Failure.Invalid(
        "events.idempotency_key_invalid", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
}
