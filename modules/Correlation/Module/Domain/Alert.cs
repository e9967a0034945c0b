using System.Security.Cryptography;
using System.Text;
using McpSecurity.Kernel;

namespace McpSecurity.Correlation.Domain;

/// <summary>
/// What an alert is about: matches of one rule on one host by one user are one alert. 16 bytes, the start of a SHA-256.
/// </summary>
internal readonly record struct DedupKey(UInt128 Value)
{
    public static DedupKey Of(Guid rule, string hostName, string userName)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{rule:N}\n{hostName}\n{userName}"), hash);
        return new DedupKey(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    public static DedupKey From(byte[] stored) => new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(stored));

    public byte[] ToBytes()
    {
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }
}

/// <summary>One match as an alert sees it.</summary>
internal readonly record struct Match(long Sequence, DateTime Time);

/// <summary>
/// An alert: what a person triages. Open, it absorbs further matches of its key until 24 h of event time pass without
/// one; then, or once it is closed, the next match raises a new alert that links this one.
/// </summary>
internal sealed class Alert
{
    /// <summary>Event sequences kept with an alert; the count stays exact beyond it.</summary>
    public const int KeptSequences = 100;

    /// <summary>Originals of the first events that are copied beside an alert; chosen: enough to explain it, bounded.</summary>
    public const int PinnedEvents = 20;

    /// <summary>Event time without a match after which an open alert absorbs no more (DESIGN 5).</summary>
    public static readonly TimeSpan AbsorbWindow = TimeSpan.FromHours(24);

    private readonly List<long> _sequences;

    private Alert(Guid id, DedupKey key, AlertRule rule, string hostName, string userName, List<long> sequences)
    {
        Id = id;
        Key = key;
        Rule = rule;
        HostName = hostName;
        UserName = userName;
        _sequences = sequences;
    }

    public Guid Id { get; }

    public DedupKey Key { get; }

    public AlertRule Rule { get; }

    public string HostName { get; }

    public string UserName { get; }

    public bool IsOpen { get; private init; } = true;

    public bool IsNew { get; private init; }

    public long Count { get; private set; }

    public DateTime FirstSeen { get; private set; }

    public DateTime LastSeen { get; private set; }

    public Guid? Previous { get; private init; }

    public IReadOnlyList<long> Sequences => _sequences;

    /// <summary>
    /// Raises an alert for a match. Its id follows from tenant, rule, key and the first event, so that a run that was
    /// interrupted and repeated raises the same one.
    /// </summary>
    public static Alert Raise(TenantId tenant, AlertRule rule, DedupKey key, string hostName, string userName, Match match, Guid? previous)
    {
        var id = Uuid.FromName(tenant.Value, $"alert\n{rule.Id:N}\n{key.Value:x32}\n{match.Sequence}");
        var alert = new Alert(id, key, rule, hostName, userName, [])
        {
            IsNew = true,
            FirstSeen = match.Time,
            LastSeen = match.Time,
            Previous = previous,
        };
        alert.Absorb(match);
        return alert;
    }

    /// <summary>An alert as it was stored.</summary>
    public static Alert Restore(
        Guid id, DedupKey key, AlertRule rule, string hostName, string userName, bool isOpen, long count,
        DateTime firstSeen, DateTime lastSeen, IEnumerable<long> sequences, Guid? previous) =>
        new(id, key, rule, hostName, userName, [.. sequences])
        {
            IsOpen = isOpen,
            Count = count,
            FirstSeen = firstSeen,
            LastSeen = lastSeen,
            Previous = previous,
        };

    /// <summary>A match earlier than what was seen belongs to it too: events of one host arrive out of order.</summary>
    public bool Absorbs(Match match) => IsOpen && match.Time - LastSeen <= AbsorbWindow;

    public void Absorb(Match match)
    {
        Count++;
        if (match.Time < FirstSeen)
            FirstSeen = match.Time;
        if (match.Time > LastSeen)
            LastSeen = match.Time;
        if (_sequences.Count < KeptSequences)
            _sequences.Add(match.Sequence);
    }
}

/// <summary>What an alert takes from its rule.</summary>
internal sealed record AlertRule(Guid Id, int Version, string Title, Severity Level, IReadOnlyList<string> Tags);
