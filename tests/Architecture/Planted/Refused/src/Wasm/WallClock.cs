namespace Refused.Wasm;

public static class WallClock
{
    public static DateTime Now => DateTime.Now;
}
