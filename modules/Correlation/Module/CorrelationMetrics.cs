using System.Diagnostics.Metrics;

namespace McpSecurity.Correlation;

/// <summary>What this module counts (docs/specs/instrumentation.md).</summary>
internal sealed class CorrelationMetrics
{
    private static readonly Meter Meter = new("McpSecurity.Correlation");

    private readonly Counter<long> _events = Meter.CreateCounter<long>("mcpsec_correlation_events_total", description: "Events tested");
    private readonly Counter<long> _findings = Meter.CreateCounter<long>("mcpsec_correlation_findings_total", description: "Rule matches");
    private readonly Counter<long> _raised = Meter.CreateCounter<long>("mcpsec_correlation_alerts_raised_total", description: "Alerts raised");
    private readonly Counter<long> _interrupted = Meter.CreateCounter<long>("mcpsec_correlation_interruptions_total", description: "Times detection went back to its checkpoint");

    public void Tested(int events, int findings)
    {
        _events.Add(events);
        _findings.Add(findings);
    }

    public void Written(int raised) => _raised.Add(raised);

    public void Interrupted() => _interrupted.Add(1);
}
