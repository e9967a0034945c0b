using McpSecurity.Kernel;

namespace McpSecurity.Http;

/// <summary>Refusals before any use case is reached.</summary>
public static class DoorFailures
{
    public static Failure TokenUnknown { get; } = new(
        FailureKind.Unauthenticated, "access.token_unknown", "This token is not valid here.");

    public static Failure ForeignHost { get; } = new(
        FailureKind.Forbidden, "access.foreign_host",
        "This host answers only to its loopback names: open it as http://127.0.0.1 or http://localhost.");

    public static Failure ForeignOrigin { get; } = new(
        FailureKind.Forbidden, "access.foreign_origin", "A page of another origin may not use this host.");
}
