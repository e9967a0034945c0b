namespace McpSecurity.Mediation;

/// <summary>What an actor may do, as <c>thing.verb</c>. The whole list stands here, so that it can be shown and tested.</summary>
public static class Permission
{
    public const string EventsRead = "events.read";
    public const string EventsWrite = "events.write";
    public const string AlertsRead = "alerts.read";
    public const string RulesRead = "rules.read";
    public const string RulesWrite = "rules.write";
    public const string SystemRead = "system.read";

    public static IReadOnlyList<string> All { get; } =
        [EventsRead, EventsWrite, AlertsRead, RulesRead, RulesWrite, SystemRead];
}

/// <summary>The permission that a use case asks of its caller. A request without one is refused for everybody.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class RequiresAttribute(string permission) : Attribute
{
    public string Permission { get; } = permission;

    /// <summary>The permission a request type names; null when it names none.</summary>
    public static string? Of(Type request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.GetCustomAttributes(typeof(RequiresAttribute), inherit: false) is [RequiresAttribute requires]
            ? requires.Permission
            : null;
    }
}
