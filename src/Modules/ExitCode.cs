using McpSecurity.Kernel;

namespace McpSecurity.Modules;

/// <summary>Exit codes of the command line (docs/specs/cli.md); a contract.</summary>
public static class ExitCode
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Auth = 4;
    public const int Conflict = 5;
    public const int Findings = 6;
    public const int TryLater = 75;
    public const int Interrupted = 130;

    public static int Of(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.Kind switch
        {
            FailureKind.NotFound => NotFound,
            FailureKind.Unauthenticated or FailureKind.Forbidden => Auth,
            FailureKind.Conflict => Conflict,
            FailureKind.Overloaded or FailureKind.Unavailable => TryLater,
            _ => Failure,
        };
    }
}
