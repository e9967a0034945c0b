namespace McpSecurity.Kernel;

/// <summary>Why a request was refused. The kind decides the HTTP status and the exit code; the mapping stands once per face.</summary>
public enum FailureKind
{
    Invalid = 1,
    NotFound = 2,
    Conflict = 3,
    Unauthenticated = 4,
    Forbidden = 5,
    TooLarge = 6,
    Overloaded = 7,
    Unavailable = 8,
}

/// <summary>An expected refusal: a value, never an exception.</summary>
/// <param name="Kind">What sort of refusal this is.</param>
/// <param name="Code">Stable and documented, e.g. <c>events.body_too_large</c>.</param>
/// <param name="Message">One sentence that says what to do, with the limit or the setting that was hit.</param>
public sealed record Failure(FailureKind Kind, string Code, string Message)
{
    /// <summary>Where a retry makes sense, how long the caller should wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Places in the caller's input, e.g. a field name or "line 3, column 7"; empty when there is none.</summary>
    public IReadOnlyList<FailureDetail> Details { get; init; } = [];

    public static Failure Invalid(string code, string message) => new(FailureKind.Invalid, code, message);

    public static Failure NotFound(string code, string message) => new(FailureKind.NotFound, code, message);

    public static Failure Conflict(string code, string message) => new(FailureKind.Conflict, code, message);

    public static Failure TooLarge(string code, string message) => new(FailureKind.TooLarge, code, message);

    public static Failure Overloaded(string code, string message, TimeSpan retryAfter) =>
        new(FailureKind.Overloaded, code, message) { RetryAfter = retryAfter };

    public static Failure Unavailable(string code, string message, TimeSpan retryAfter) =>
        new(FailureKind.Unavailable, code, message) { RetryAfter = retryAfter };
}

/// <summary>One place in the input and what is wrong there.</summary>
public sealed record FailureDetail(string Place, string Message);
