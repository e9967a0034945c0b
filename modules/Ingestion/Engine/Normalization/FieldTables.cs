using System.Collections.Frozen;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>All field tables together, for what has to know every name they give.</summary>
internal static class FieldTables
{
    /// <summary>Dotted names that are Sigma's or the source's own, not ECS.</summary>
    public static IReadOnlyList<string> ForeignDottedNames { get; } =
        ["certificate.serial", "certificate.subject", "certificate.issuer", "gcp.audit.method_name"];

    public static IReadOnlyList<FieldRule> All { get; } =
    [
        .. WindowsFields.System,
        .. WindowsFields.General,
        .. WindowsSources.Kinds.SelectMany(kind => kind.Fields).SelectMany(rows => rows),
        .. WindowsSources.Channels.SelectMany(row => WindowsSources.ServiceFields(row.Service)),
        .. EcsFields.ToSigma,
        .. NetworkFields.Zeek,
        .. ZeekSources.All.SelectMany(source => source.Fields).SelectMany(rows => rows),
        .. JsonSources.All.SelectMany(source => source.Fields),
    ];

    /// <summary>The ECS names that tables and constants give.</summary>
    public static IReadOnlyList<string> EcsNames { get; } =
    [
        .. All.Select(rule => rule.Target).Concat(["event.category", "event.action", "event.outcome"])
            .Where(name => name == "message" || name.Contains('.', StringComparison.Ordinal))
            .Except(ForeignDottedNames, StringComparer.Ordinal)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static readonly FrozenSet<int> EcsIds = EcsNames.Select(name => FieldTable.Intern(name).Value).ToFrozenSet();

    public static bool IsEcs(FieldId field) => EcsIds.Contains(field.Value);
}
