using Planted.Kernel;

namespace Planted.Alpha;

internal static class ThingFailures
{
    public static Failure Missing() => Failure.NotFound("thing.missing", "There is none.");

    public static Failure Gone() => Failure.NotFound("thing.gone", "There was one.");
}
