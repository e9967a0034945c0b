using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>
/// Tells from a decoded event's fields what wrote it. The tables decide; this only asks them in an order in which the
/// more telling signs come first. Bounded: profiles exist per table row, and a sender's own words (a Zeek path) make
/// new ones only up to a limit. Safe for concurrent use.
/// </summary>
internal sealed class SourceRecognizer
{
    /// <summary>
    /// Profiles made for words that no table lists; chosen: Zeek with all packages has about 150 logs.
    /// </summary>
    private const int OtherProfiles = 1_024;

    private static readonly FieldId[] ChannelFields = Fields("Channel", "winlog.channel", "log_name", "LogName");
    private static readonly FieldId[] ProviderFields =
        Fields("Provider_Name", "SourceName", "winlog.provider_name", "event.provider", "Provider");

    private static readonly FieldId[] EventIdFields = Fields("EventID", "winlog.event_id", "event.code");
    private static readonly FieldId[] WeakEventIdFields = Fields("event_id", "Id");
    private static readonly FieldId EventTypeField = FieldTable.Intern("EventType");
    private static readonly FieldId[] EcsSigns =
        Fields("ecs.version", "winlog.channel", "process.executable", "event.category", "host.os.type");

    private static readonly FieldId ZeekPathField = FieldTable.Intern("_path");
    private static readonly FieldId ZeekStreamField = FieldTable.Intern("@stream");
    private static readonly FieldId[] ZeekSigns = Fields("ts", "_write_ts", "uid", "_system_name", "@system", "@proc");
    private static readonly FieldId ModuleField = FieldTable.Intern("event.module");
    private static readonly FieldId DatasetField = FieldTable.Intern("event.dataset");
    private static readonly FieldId CategoryField = FieldTable.Intern("event.category");
    private static readonly FieldId TypeField = FieldTable.Intern("event.type");
    private static readonly FieldId[] SystemFields = Fields(EcsSources.SystemFields);

    private readonly WindowsCatalog _windows = new();
    private readonly AsciiMap<SourceProfile> _zeek =
        new([.. ZeekSources.All.Select(source => (source.Path, SourceProfile.OfZeek(source.Path, source)))]);

    private readonly AsciiMap<string> _systems = new(EcsSources.Systems);
    private readonly (Sign[] Signs, SourceProfile Profile)[] _json =
        [.. JsonSources.All.Select(source => (SignsOf(source), SourceProfile.OfJson(source)))];

    private readonly ConcurrentDictionary<(string?, string?, string), SourceProfile> _ecs = new();
    private readonly ConcurrentDictionary<string, SourceProfile> _otherZeek = new(StringComparer.Ordinal);

    public static SourceRecognizer Shared { get; } = new();

    public SourceProfile Recognize(OpenEvent open) =>
        Windows(open) ?? Zeek(open) ?? Json(open) ?? Ecs(open) ?? SourceProfile.Unknown;

    private SourceProfile? Windows(OpenEvent open)
    {
        WindowsCatalog.Service? service = null;
        var isLinux = false;
        if (TryFirst(open, ChannelFields, out var channel))
        {
            channel = WithoutPrefix(channel);
            service = _windows.OfChannel(channel);
            isLinux = channel.StartsWith("Linux"u8);
        }
        else if (TryFirst(open, ProviderFields, out var provider))
        {
            service = _windows.OfProvider(provider);
            isLinux = provider.StartsWith("Linux"u8);
        }

        if (!TryFirst(open, EventIdFields, out var id) && (service is null || !TryFirst(open, WeakEventIdFields, out id)))
            return null;
        if (service is null && channel.IsEmpty)
            return null;
        service ??= _windows.Other;
        var kind = Utf8Parser.TryParse(id, out int eventId, out _) && service.TryGet(eventId, out var kinds)
            ? KindOf(open, kinds)
            : service.Unlisted;
        return kind.Profile(isLinux, HasAny(open, EcsSigns));
    }

    private static WindowsCatalog.Kind KindOf(OpenEvent open, WindowsCatalog.Kind[] kinds)
    {
        foreach (var kind in kinds)
        {
            if (kind.EventType is null || HasText(open, EventTypeField, kind.EventType))
                return kind;
        }

        return kinds[^1];
    }

    private SourceProfile? Zeek(OpenEvent open)
    {
        if ((!open.TryGetText(ZeekPathField, out var path) && !open.TryGetText(ZeekStreamField, out path)) || path.IsEmpty)
            return null;
        if (_zeek.TryGet(path, out var profile))
            return profile;
        // TSV headers have no other sign of Zeek than the path that the decoder put there.
        if (!HasAny(open, ZeekSigns) && open.Batch.Header.Length == 0)
            return null;
        return OtherZeek(path);
    }

    private SourceProfile OtherZeek(ReadOnlySpan<byte> path)
    {
        var lookup = _otherZeek.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> name = stackalloc char[64];
        if (path.Length > name.Length || !Encoding.UTF8.TryGetChars(path, name, out var length))
            return SourceProfile.Unknown;
        name = name[..length];
        if (lookup.TryGetValue(name, out var profile))
            return profile;
        if (_otherZeek.Count >= OtherProfiles)
            return SourceProfile.Unknown;
        return _otherZeek.GetOrAdd(name.ToString(), static path => SourceProfile.OfZeek(path, null));
    }

    private SourceProfile? Json(OpenEvent open)
    {
        foreach (var (signs, profile) in _json)
        {
            if (HasAll(open, signs))
                return profile;
        }

        return null;
    }

    private SourceProfile? Ecs(OpenEvent open)
    {
        if (!HasAny(open, EcsSigns) && !open.Has(ModuleField) && !open.Has(DatasetField))
            return null;
        string? product = null;
        if (TryFirst(open, SystemFields, out var system))
            _systems.TryGet(system, out product);
        string? service = null;
        foreach (var (module, moduleProduct, moduleService) in EcsSources.Modules)
        {
            if (!HasText(open, ModuleField, module) && !HasText(open, DatasetField, module))
                continue;
            product = moduleProduct.Length > 0 ? moduleProduct : product;
            service = moduleService.Length > 0 ? moduleService : null;
            break;
        }

        return EcsProfile(product, service, KindsOf(open));
    }

    private SourceProfile EcsProfile(string? product, string? service, int kinds)
    {
        var key = (product, service, KindKeys.Of(kinds));
        if (_ecs.TryGetValue(key, out var profile))
            return profile;
        if (_ecs.Count >= OtherProfiles)
            return SourceProfile.Unknown;
        return _ecs.GetOrAdd(key, _ => SourceProfile.OfEcs(product, service, KindKeys.CategoriesOf(kinds)));
    }

    /// <summary>
    /// Which rows of <see cref="EcsSources.Kinds"/> the event is: the first fitting one of each category.
    /// </summary>
    private static int KindsOf(OpenEvent open)
    {
        var found = 0;
        string? category = null;
        for (var i = 0; i < EcsSources.Kinds.Length; i++)
        {
            var kind = EcsSources.Kinds[i];
            if (kind.Category == category || !HasText(open, CategoryField, kind.Category))
                continue;
            if (kind.Types.Length > 0 && !HasAnyText(open, TypeField, kind.Types))
                continue;
            category = kind.Category;
            found |= 1 << i;
        }

        return found;
    }

    private static ReadOnlySpan<byte> WithoutPrefix(ReadOnlySpan<byte> channel)
    {
        var colon = channel.IndexOf("WinEventLog:"u8);
        return colon < 0 ? channel : channel[(colon + "WinEventLog:".Length)..];
    }

    private static bool TryFirst(OpenEvent open, FieldId[] fields, out ReadOnlySpan<byte> text)
    {
        foreach (var field in fields)
        {
            if (open.TryGetText(field, out text) && !text.IsEmpty)
                return true;
        }

        text = [];
        return false;
    }

    private static bool HasAny(OpenEvent open, FieldId[] fields)
    {
        foreach (var field in fields)
        {
            if (open.Has(field))
                return true;
        }

        return false;
    }

    private static bool HasAll(OpenEvent open, Sign[] signs)
    {
        foreach (var sign in signs)
        {
            if (!open.Has(sign.Field) || (sign.Value is { } value && !HasText(open, sign.Field, value)))
                return false;
        }

        return true;
    }

    private static bool HasAnyText(OpenEvent open, FieldId field, string[] values)
    {
        foreach (var value in values)
        {
            if (HasText(open, field, value))
                return true;
        }

        return false;
    }

    /// <summary>One of the field's values equals the text, without case.</summary>
    private static bool HasText(OpenEvent open, FieldId field, string value)
    {
        if (!open.TryGetText(field, out var text))
            return false;
        if (Ascii.EqualsIgnoreCase(text, value))
            return true;
        if (!open.IsRepeated(field))
            return false;
        foreach (ref readonly var slot in open.Batch.OpenSlots)
        {
            if (slot.Field == field && Ascii.EqualsIgnoreCase(open.Batch.TextOf(slot), value))
                return true;
        }

        return false;
    }

    private static FieldId[] Fields(params string[] names) => [.. names.Select(FieldTable.Intern)];

    private static Sign[] SignsOf(JsonSource source) =>
    [
        .. source.Signs.Select(sign => sign.Split('=')).Select(parts =>
            new Sign(FieldTable.Intern(parts[0]), parts.Length > 1 ? parts[1] : null)),
    ];

    private readonly record struct Sign(FieldId Field, string? Value);

    /// <summary>Sets of ECS kinds as strings, made once per set that occurs.</summary>
    private static class KindKeys
    {
        private static readonly ConcurrentDictionary<int, string> Keys = new();

        public static string Of(int kinds) => Keys.GetOrAdd(kinds, static kinds => string.Join(',', CategoriesOf(kinds)));

        public static string[] CategoriesOf(int kinds) =>
        [
            .. EcsSources.Kinds.Where((_, i) => (kinds & (1 << i)) != 0).SelectMany(kind => kind.Categories)
                .Distinct(StringComparer.Ordinal),
        ];
    }
}
