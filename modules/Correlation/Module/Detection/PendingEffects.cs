using System.Runtime.InteropServices;
using System.Text;
using McpSecurity.Correlation.Domain;
using McpSecurity.Correlation.Engine;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Correlation.Detection;

/// <summary>One row of findings: a rule's matches in one block.</summary>
internal sealed record FindingRow(
    Guid Rule, int Version, long Position, long FirstSequence, long LastSequence, int Count, DateTime TimeMin,
    DateTime TimeMax, byte[] Offsets);

/// <summary>One match on its way into an alert; the first of each key carry a copy of their event.</summary>
internal sealed record AlertMatch(
    AlertRule Rule, DedupKey Key, string HostName, string UserName, Match Match, PinnedEvent? Event);

/// <summary>A copy of an event's record, with what is needed to decode it again.</summary>
internal sealed record PinnedEvent(string Format, byte[] Header, byte[] Original);

/// <summary>What one tenant's part of a group of blocks will change, in sequence order.</summary>
internal sealed class TenantEffects
{
    public List<FindingRow> Findings { get; } = [];

    public List<AlertMatch> Matches { get; } = [];
}

/// <summary>
/// Collects what detection found in a group of blocks, until it is written together with the checkpoint. Blocks are
/// added in log order; within a tenant that is sequence order, which decides how matches fold into alerts.
/// </summary>
internal sealed class PendingEffects
{
    /// <summary>An original is copied up to this size; chosen: nearly all records are smaller, and an alert pins 20.</summary>
    private const int PinnedBytes = 64 * 1024;

    private static readonly FieldId HostName = FieldTable.Intern("host.name");
    private static readonly FieldId UserName = FieldTable.Intern("user.name");

    private readonly Dictionary<TenantId, TenantEffects> _tenants = [];
    private readonly Dictionary<int, List<int>> _offsetsByRule = [];
    private readonly Dictionary<(TenantId, DedupKey), int> _copies = [];

    public IReadOnlyDictionary<TenantId, TenantEffects> Tenants => _tenants;

    public bool IsEmpty => _tenants.Count == 0;

    public int MatchCount { get; private set; }

    public void Clear()
    {
        _tenants.Clear();
        _copies.Clear();
        MatchCount = 0;
    }

    public void Add(EventBatch batch, TenantProgram program, FindingBuffer findings)
    {
        TenantEffects? effects = null;
        _offsetsByRule.Clear();
        foreach (ref readonly var finding in findings.Items)
        {
            var rule = program.Rules[finding.Rule];
            // A rule sees only what was stored after it was imported: a restart that reads older blocks again must
            // not find more than the run before it did.
            if (batch.Position <= rule.ActiveAfter)
                continue;
            effects ??= Of(batch.Tenant);
            ref var offsets = ref CollectionsMarshal.GetValueRefOrAddDefault(_offsetsByRule, finding.Rule, out _);
            (offsets ??= []).Add(finding.Event);
            effects.Matches.Add(MatchOf(batch, rule.Alert, finding.Event));
            MatchCount++;
        }

        foreach (var (rule, offsets) in _offsetsByRule)
            effects!.Findings.Add(RowOf(batch, program.Rules[rule].Alert, CollectionsMarshal.AsSpan(offsets)));
    }

    private TenantEffects Of(TenantId tenant)
    {
        ref var effects = ref CollectionsMarshal.GetValueRefOrAddDefault(_tenants, tenant, out _);
        return effects ??= new TenantEffects();
    }

    private AlertMatch MatchOf(EventBatch batch, AlertRule rule, int index)
    {
        var host = TextOf(batch, index, HostName);
        var user = TextOf(batch, index, UserName);
        var key = DedupKey.Of(rule.Id, host, user);
        var match = new Match(batch.FirstSequence + index, Time(batch.Entries[index].TimeMicros));
        return new AlertMatch(rule, key, host, user, match, CopyOf(batch, index, key));
    }

    /// <summary>An alert pins no more than its first events, so one group never needs more copies of a key than that.</summary>
    private PinnedEvent? CopyOf(EventBatch batch, int index, DedupKey key)
    {
        ref var copies = ref CollectionsMarshal.GetValueRefOrAddDefault(_copies, (batch.Tenant, key), out _);
        if (copies == Alert.PinnedEvents)
            return null;
        copies++;
        var original = batch.OriginalOf(index);
        return new PinnedEvent(batch.Format, batch.Header, original[..Math.Min(original.Length, PinnedBytes)].ToArray());
    }

    private static FindingRow RowOf(EventBatch batch, AlertRule rule, ReadOnlySpan<int> offsets)
    {
        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (var offset in offsets)
        {
            var time = batch.Entries[offset].TimeMicros;
            (min, max) = (Math.Min(min, time), Math.Max(max, time));
        }

        return new FindingRow(
            rule.Id, rule.Version, batch.Position, batch.FirstSequence, batch.FirstSequence + batch.Count - 1,
            offsets.Length, Time(min), Time(max), PositionList.Pack(offsets));
    }

    private static string TextOf(EventBatch batch, int index, FieldId field) =>
        batch.TryGet(index, field, out var slot) && slot.Kind != FieldKind.Null
            // PostgreSQL's text holds no NUL.
            ? Encoding.UTF8.GetString(batch.TextOf(slot)[..Math.Min(slot.Length, 1024)]).Replace('\0', '\uFFFD')
            : string.Empty;

    private static DateTime Time(long micros) => DateTime.UnixEpoch.AddTicks(micros * 10);
}
