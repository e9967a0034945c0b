namespace McpSecurity.Correlation.Detection;

/// <summary>
/// Faults that tests plant to see their guards go red; read from the environment of the process alone, so no setting,
/// file or request reaches them.
/// </summary>
internal sealed record DetectionFaults(bool CheckpointApart)
{
    public static DetectionFaults FromEnvironment() =>
        new(Environment.GetEnvironmentVariable("MCPSEC_TEST_FAULT") == "checkpoint-apart");
}
