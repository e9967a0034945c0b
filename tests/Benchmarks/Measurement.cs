using System.Diagnostics;

namespace McpSecurity.Benchmarks;

/// <summary>One line of the result, as docs/specs/bench.md has it; rates are medians of five passes. Per core means per second of processor time, which a busy machine does not change.</summary>
internal sealed record Measurement(
    string What,
    int Rules,
    long Events,
    double EventsPerSecond,
    double EventsPerSecondPerCore,
    double MegabytesPerSecond,
    double AllocatedBytesPerEvent,
    long Findings)
{
    private const int Passes = 5;

    /// <summary>Runs the work once to warm up and five times to measure, on this thread.</summary>
    /// <param name="what">The line's name; also the key of its budget.</param>
    /// <param name="rules">Rules in the program.</param>
    /// <param name="events">Events of one pass.</param>
    /// <param name="bytes">Bytes of these events.</param>
    /// <param name="pass">One pass; returns the number of findings, which has to be the same each time.</param>
    public static Measurement Of(string what, int rules, long events, long bytes, Func<long> pass)
    {
        // Until the tiers of the just-in-time compiler have settled; one pass is too short for that.
        var findings = pass();
        var warm = Stopwatch.StartNew();
        while (warm.ElapsedMilliseconds < 1_500)
            pass();
        var (seconds, cpuSeconds) = (new double[Passes], new double[Passes]);
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 0; index < Passes; index++)
        {
            var (watch, cpuBefore) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            if (pass() != findings)
                throw new InvalidOperationException($"{what}: two passes over the same events differ.");
            (seconds[index], cpuSeconds[index]) = (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Array.Sort(seconds);
        Array.Sort(cpuSeconds);
        var (median, cpuMedian) = (seconds[Passes / 2], cpuSeconds[Passes / 2]);
        return new Measurement(
            what, rules, events, events / median, events / cpuMedian, bytes / cpuMedian / 1e6,
             Math.Round((double)allocated / (Passes * events), 2), findings);
    }
}
