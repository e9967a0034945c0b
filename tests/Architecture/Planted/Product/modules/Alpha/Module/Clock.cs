namespace Planted.Alpha;

internal static class Clock
{
#pragma warning disable RS0030 // SuppressionsAreListed.
    public static DateTime Now => DateTime.UtcNow;
#pragma warning restore RS0030

    // Nobody outside can see it, so it is no second face.
    public sealed class Hidden;
}
