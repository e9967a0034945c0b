namespace Planted.Kernel;

public readonly record struct Result<T>(T Value);

public enum FailureKind
{
    NotFound = 1,
}

public sealed record Failure(FailureKind Kind, string Code, string Message)
{
    public static Failure NotFound(string code, string message) => new(FailureKind.NotFound, code, message);

    public static Failure FirstUse() => NotFound("not.seen", "Not one of the places the rule reads: no Failure in front.");
}
