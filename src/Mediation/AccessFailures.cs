using McpSecurity.Kernel;

namespace McpSecurity.Mediation;

/// <summary>Refusals that every face gives alike.</summary>
public static class AccessFailures
{
    public static Failure TokenMissing { get; } = new(
        FailureKind.Unauthenticated, "access.token_missing",
        "This needs a token: send it as 'Authorization: Bearer TOKEN'.");

    public static Failure PermissionMissing(string permission) => new(
        FailureKind.Forbidden, "access.permission_missing", $"This token lacks the permission '{permission}'.");
}

internal static class RequestFailures
{
    public static Failure Invalid(IReadOnlyList<FailureDetail> details) =>
        Failure.Invalid("request.invalid", "The request is not valid; each problem is listed.") with { Details = details };
}
