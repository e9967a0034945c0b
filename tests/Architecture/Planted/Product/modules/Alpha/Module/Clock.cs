namespace Planted.Alpha;

internal static class Clock
{
#pragma warning disable RS0030 // SuppressionsAreListed.
    public static DateTime Now => DateTime.UtcNow;
#pragma warning restore RS0030
}
