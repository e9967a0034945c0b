using System.Diagnostics.Metrics;
using McpSecurity.Ingestion.Log;

namespace McpSecurity.Ingestion;

/// <summary>What this module counts (docs/specs/instrumentation.md).</summary>
internal sealed class IngestionMetrics
{
    private static readonly Meter Meter = new("McpSecurity.Ingestion");

    private readonly Counter<long> _events = Meter.CreateCounter<long>("mcpsec_ingestion_events_total", description: "Events stored");
    private readonly Counter<long> _blocks = Meter.CreateCounter<long>("mcpsec_ingestion_blocks_total", description: "Blocks stored");
    private readonly Counter<long> _rejected = Meter.CreateCounter<long>("mcpsec_ingestion_rejected_records_total", description: "Records that could not be read");
    private readonly Counter<long> _refused = Meter.CreateCounter<long>("mcpsec_ingestion_refused_requests_total", description: "Requests refused whole, by code");
    private readonly Counter<long> _failed = Meter.CreateCounter<long>("mcpsec_ingestion_failed_commits_total", description: "Transactions that failed and were reported to their senders");
    private readonly Counter<long> _skipped = Meter.CreateCounter<long>("mcpsec_ingestion_handoff_skipped_batches_total", description: "Batches that detection reads from the log because it fell behind");

    private readonly Counter<long> _merged = Meter.CreateCounter<long>("mcpsec_ingestion_merged_blocks_total", description: "Blocks replaced by merged ones");
    private readonly Counter<long> _dropped = Meter.CreateCounter<long>("mcpsec_ingestion_dropped_days_total", description: "Days that retention dropped");

    public void Committed(IReadOnlyList<PendingAppend> appends)
    {
        foreach (var append in appends)
        {
            _blocks.Add(append.Blocks.Count);
            foreach (var batch in append.Batches)
                _events.Add(batch.Count);
        }
    }

    public void Rejected(long records)
    {
        if (records > 0)
            _rejected.Add(records);
    }

    public void Refused(string code) => _refused.Add(1, new KeyValuePair<string, object?>("code", code));

    public void CommitFailed() => _failed.Add(1);

    public void HandoffSkipped() => _skipped.Add(1);

    public void Merged(int blocks) => _merged.Add(blocks);

    public void DayDropped() => _dropped.Add(1);
}
