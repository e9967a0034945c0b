using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace McpSecurity.Testing;

/// <summary>Waits for something outside this process - another process, a file - that cannot be awaited.</summary>
public static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    /// <summary>Looks every few milliseconds; after a minute the test is red and names what never came true.</summary>
    public static async Task TrueAsync(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        ArgumentNullException.ThrowIfNull(condition);
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Pace);
        while (!condition())
        {
            if (watch.Elapsed > Patience)
                throw new TimeoutException($"Not true after {Patience.TotalSeconds:F0} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>For faults at a moment that a seed chose; never for waiting.</summary>
    public static async Task MomentAsync(TimeSpan moment)
    {
        using var timer = new PeriodicTimer(moment);
        await timer.WaitForNextTickAsync();
    }
}
