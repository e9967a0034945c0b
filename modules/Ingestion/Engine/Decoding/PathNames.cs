namespace McpSecurity.Ingestion.Engine.Decoding;

/// <summary>What stands at a path, as far as it decides how the names below it are read.</summary>
internal enum PathRole : byte
{
    /// <summary>Names below are joined with a dot.</summary>
    Plain,
    Root,

    /// <summary>No room for the path; its values have no field.</summary>
    Overflow,

    /// <summary>Known and of no use to anybody (XML name spaces).</summary>
    Skipped,

    /// <summary><c>Event</c>, the root of a Windows event rendered as JSON.</summary>
    Event,
    System,
    SystemElement,
    EventData,

    /// <summary>Event data as a list of unnamed or of named items.</summary>
    DataItem,
    DataItemName,
    DataItemText,
    DataItemAttributes,

    /// <summary>One named value of the event data.</summary>
    EventDataElement,
    UserData,
    UserDataBody,

    /// <summary>As <see cref="EventData"/>, and when it is a string, that string is JSON.</summary>
    EmbeddedEventData,
}

/// <summary>
/// How a JSON path gets its field name. Ordinary paths are joined with dots. A Windows event has its fields in places
/// that every exporter spells a little differently; all of them end in the names that Sigma uses
/// (<c>EventID</c>, <c>Provider_Name</c>, and event data by its own name).
/// </summary>
internal static class PathNames
{
    /// <summary>The path that stands for all that found no room.</summary>
    public const int OverflowPath = 1;

    private const string WinlogEventData = "winlog.event_data.";
    private const string WinlogUserData = "winlog.user_data.";

    /// <param name="Role">What the path is.</param>
    /// <param name="Name">Name of its field; null when its value is of no use.</param>
    /// <param name="AlsoName">A second name.</param>
    internal readonly record struct Meaning(PathRole Role, string? Name, string? AlsoName = null);

    public static Meaning Resolve(PathRole parent, string parentName, string name) => parent switch
    {
        PathRole.Root => AtRoot(name),
        PathRole.Overflow => new(PathRole.Overflow, null),
        PathRole.Skipped => new(PathRole.Skipped, null),
        PathRole.Event => InEvent(name),
        PathRole.System => new(PathRole.SystemElement, name),
        PathRole.SystemElement => InSystemElement(parentName, name),
        PathRole.EventData or PathRole.EmbeddedEventData => InEventData(name),
        PathRole.DataItem or PathRole.DataItemAttributes => InDataItem(name),
        PathRole.EventDataElement => name == "#text" ? new(PathRole.Plain, parentName) : Joined(parentName, name),
        PathRole.UserData => new(PathRole.UserDataBody, name),
        PathRole.UserDataBody => IsAttributes(name) ? Skipped : new(PathRole.EventDataElement, name),
        _ => Joined(parentName, name),
    };

    private static Meaning Skipped => new(PathRole.Skipped, null);

    private static Meaning AtRoot(string name) => name switch
    {
        "Event" => new(PathRole.Event, "Event"),
        "EventData" => new(PathRole.EmbeddedEventData, "EventData"),
        "UserData" => new(PathRole.UserData, "UserData"),
        // Zeek with the scope separator "_": the only four names that every log has.
        "id_orig_h" => new(PathRole.Plain, "id.orig_h"),
        "id_orig_p" => new(PathRole.Plain, "id.orig_p"),
        "id_resp_h" => new(PathRole.Plain, "id.resp_h"),
        "id_resp_p" => new(PathRole.Plain, "id.resp_p"),
        _ => Joined(string.Empty, name),
    };

    private static Meaning InEvent(string name) => name switch
    {
        "System" => new(PathRole.System, "System"),
        "EventData" => new(PathRole.EventData, "EventData"),
        "UserData" => new(PathRole.UserData, "UserData"),
        _ when IsAttributes(name) || name.EndsWith("xmlns", StringComparison.Ordinal) => Skipped,
        _ => new(PathRole.Plain, name),
    };

    private static Meaning InSystemElement(string element, string name)
    {
        if (name == "#text")
            return new(PathRole.Plain, element);
        // The attributes themselves are read by the same rule: Provider / #attributes / Name.
        if (IsAttributes(name))
            return new(PathRole.SystemElement, element);
        return new(PathRole.Plain, $"{element}_{name.TrimStart('@', '-', '#')}");
    }

    private static Meaning InEventData(string name)
    {
        if (name == "Data")
            return new(PathRole.DataItem, "Data");
        return IsAttributes(name) ? Skipped : new(PathRole.EventDataElement, name);
    }

    private static Meaning InDataItem(string name) => name switch
    {
        "@Name" or "-Name" or "Name" => new(PathRole.DataItemName, null),
        "#text" or "_" or "Value" or "content" => new(PathRole.DataItemText, "Data"),
        _ when IsAttributes(name) => new(PathRole.DataItemAttributes, null),
        _ => Skipped,
    };

    private static Meaning Joined(string parent, string name)
    {
        var full = parent.Length == 0 ? name : $"{parent}.{name}";
        if (full.StartsWith(WinlogEventData, StringComparison.Ordinal))
            return new(PathRole.Plain, full, full[WinlogEventData.Length..]);
        if (full.StartsWith(WinlogUserData, StringComparison.Ordinal))
            return new(PathRole.Plain, full, full[WinlogUserData.Length..]);
        return new(PathRole.Plain, full);
    }

    private static bool IsAttributes(string name) => name is "#attributes" or "$";
}
