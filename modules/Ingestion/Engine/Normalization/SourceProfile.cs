using System.Text;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>A row of a field table with its names interned.</summary>
internal sealed class CompiledRule
{
    public CompiledRule(FieldRule rule)
    {
        Target = FieldTable.Intern(rule.Target);
        Sources = [.. rule.Sources.Select(FieldTable.Intern)];
        Transform = rule.Transform;
        if (Transform == Transform.Hash)
        {
            Algorithm = Encoding.UTF8.GetBytes(rule.Values[0]);
            return;
        }

        var pairs = rule.Values.Length / 2;
        Values = new (byte[], int)[pairs];
        for (var i = 0; i < pairs; i++)
            Values[i] = (Encoding.UTF8.GetBytes(rule.Values[i * 2]), FixedTexts.Intern(rule.Values[(i * 2) + 1]));
        Otherwise = rule.Values.Length % 2 == 1 ? FixedTexts.Intern(rule.Values[^1]) : -1;
    }

    public FieldId Target { get; }

    public FieldId[] Sources { get; }

    public Transform Transform { get; }

    public (byte[] Value, int Text)[] Values { get; } = [];

    /// <summary>The text for values that <see cref="Values"/> does not list, or -1.</summary>
    public int Otherwise { get; } = -1;

    public byte[] Algorithm { get; } = [];
}

/// <summary>A rule with what decides most of the time that it has nothing to do, side by side in memory.</summary>
internal readonly struct RuleEntry(CompiledRule rule)
{
    private readonly FieldId _target = rule.Target;
    private readonly FieldId _first = rule.Sources[0];
    private readonly FieldId _second = rule.Sources[rule.Sources.Length > 1 ? 1 : 0];
    private readonly bool _hasMore = rule.Sources.Length > 2;

    public CompiledRule Rule { get; } = rule;

    public bool MayApply(OpenEvent open) =>
        !open.Has(_target) && (_hasMore || open.Has(_first) || open.Has(_second));
}

/// <summary>
/// Everything that follows from what wrote an event: made once per kind of event, shared by all decoders.
/// </summary>
internal sealed class SourceProfile
{
    private static readonly string[] GeneralTimes =
    [
        "@timestamp", "timestamp", "time", "ts", "eventTime", "event_time", "TimeGenerated", "TimeCreated", "SystemTime",
        "published", "requestReceivedTimestamp", "stageTimestamp", "CreationTime", "createdDateTime", "created_at",
        "date", "datetime", "_time", "UtcTime", "local_time", "utc_time",
    ];

    private static readonly string[] WindowsTimes =
    [
        "TimeCreated_SystemTime", "TimeCreated", "SystemTime", "@timestamp", "UtcTime", "EventTime", "TimeGenerated",
        "timestamp", "EventReceivedTime",
    ];

    private SourceProfile(int logSource, IEnumerable<FieldRule> rules, string[] times)
    {
        LogSource = logSource;
        Rules = [.. rules.Select(rule => new RuleEntry(new CompiledRule(rule)))];
        Times = [.. times.Select(FieldTable.Intern)];
    }

    /// <summary>Index into <see cref="LogSourceTable"/>.</summary>
    public int LogSource { get; }

    /// <summary>In order; later ones may build on earlier ones.</summary>
    public RuleEntry[] Rules { get; }

    /// <summary>Where the event's time stands, in order of preference.</summary>
    public FieldId[] Times { get; }

    /// <summary>
    /// Field and text (of <see cref="FixedTexts"/>) that every such event gets unless it has the field.
    /// </summary>
    public (FieldId Field, int Text)[] Constants { get; private init; } = [];

    /// <summary>Numbers and times are brought to one spelling, so that Zeek's two forms agree.</summary>
    public bool IsZeek { get; private init; }

    public static SourceProfile Unknown { get; } = new(0, [], GeneralTimes);

    public static SourceProfile OfWindows(string product, string? service, WindowsEventKind? kind, bool isEcs)
    {
        var fields = kind?.Fields is { Length: > 0 } own
            ? own.SelectMany(rows => rows)
            : WindowsSources.ServiceFields(service);
        IEnumerable<FieldRule> rules = [.. WindowsFields.System, .. fields];
        if (kind is null or { Categories.Length: 0 })
            rules = [.. rules, .. WindowsFields.General];
        if (isEcs)
            rules = [.. rules, .. EcsFields.ToSigma];
        return new SourceProfile(LogSourceTable.Intern(product, service, kind?.Categories ?? []), rules, WindowsTimes)
        {
            Constants = ConstantsOf(
                ("event.category", kind?.EcsCategory), ("event.action", kind?.Action), ("event.outcome", kind?.Outcome)),
        };
    }

    public static SourceProfile OfZeek(string path, ZeekSource? source) => new(
        LogSourceTable.Intern("zeek", path, source?.Categories ?? []),
        [.. NetworkFields.Zeek, .. source?.Fields.SelectMany(rows => rows) ?? []],
        ["ts"])
    {
        Constants = ConstantsOf(("event.category", source?.EcsCategory ?? "network")),
        IsZeek = true,
    };

    public static SourceProfile OfJson(JsonSource source) => new(
        LogSourceTable.Intern(source.Product, source.Service, source.Categories),
        source.Fields,
        GeneralTimesFrom("eventTime"))
    {
        Constants = ConstantsOf(("event.category", source.EcsCategory)),
    };

    public static SourceProfile OfEcs(string? product, string? service, string[] categories) =>
        new(LogSourceTable.Intern(product, service, categories), EcsFields.ToSigma, GeneralTimes);

    /// <summary>A source's own time goes before that of a shipper.</summary>
    private static string[] GeneralTimesFrom(string first) => [first, "timestamp", .. GeneralTimes];

    private static (FieldId, int)[] ConstantsOf(params (string Field, string? Text)[] constants) =>
    [
        .. constants.Where(constant => !string.IsNullOrEmpty(constant.Text))
            .Select(constant => (FieldTable.Intern(constant.Field), FixedTexts.Intern(constant.Text!))),
    ];
}
