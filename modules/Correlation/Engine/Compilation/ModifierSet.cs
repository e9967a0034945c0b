using System.Text.RegularExpressions;
using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>What a value is compared as.</summary>
internal enum ValueUse
{
    Text = 1,
    Regex,
    Network,
    Number,
    TimePart,
    Exists,
    FieldReference,
}

internal enum Anchoring
{
    Whole = 1,
    Start,
    End,
    Anywhere,
}

/// <summary>
/// The modifiers of one item, checked against each other. Modifiers that rewrite the value (dashes, placeholders,
/// encodings, wildcards of contains and the like) apply in the order written and stay in <see cref="Rewrites"/>; for
/// the others the order has no meaning, except that the options of a regular expression stand behind it.
/// </summary>
internal sealed class ModifierSet
{
    private static readonly Dictionary<string, ValueUse> Uses = new(StringComparer.Ordinal)
    {
        ["re"] = ValueUse.Regex,
        ["cidr"] = ValueUse.Network,
        ["lt"] = ValueUse.Number,
        ["lte"] = ValueUse.Number,
        ["gt"] = ValueUse.Number,
        ["gte"] = ValueUse.Number,
        ["minute"] = ValueUse.TimePart,
        ["hour"] = ValueUse.TimePart,
        ["day"] = ValueUse.TimePart,
        ["week"] = ValueUse.TimePart,
        ["month"] = ValueUse.TimePart,
        ["year"] = ValueUse.TimePart,
        ["exists"] = ValueUse.Exists,
        ["fieldref"] = ValueUse.FieldReference,
    };

    private static readonly Dictionary<string, Anchoring> Anchorings = new(StringComparer.Ordinal)
    {
        ["startswith"] = Anchoring.Start,
        ["endswith"] = Anchoring.End,
        ["contains"] = Anchoring.Anywhere,
    };

    private static readonly string[] Encoders = ["base64", "base64offset", "utf16le", "utf16be", "utf16", "wide"];
    private static readonly string[] Others = ["all", "cased", "neq", "windash", "expand", "i", "m", "s"];

    private readonly List<string> _names = [];
    private readonly List<string> _rewrites = [];

    private ModifierSet()
    {
    }

    public ValueUse Use { get; private set; } = ValueUse.Text;

    public Anchoring Anchoring { get; private set; } = Anchoring.Whole;

    public NumberComparison Comparison { get; private set; } = NumberComparison.Equal;

    public TimePart TimePart { get; private set; }

    public RegexOptions RegexOptions { get; private set; }

    public bool IsAll => Has("all");

    public bool IsCased => Has("cased");

    public bool IsNegated => Has("neq");

    public bool Expands => Has("expand");

    public IReadOnlyList<string> Rewrites => _rewrites;

    /// <returns>Null, with diagnostics, when they cannot be used together.</returns>
    public static ModifierSet? Read(DetectionItem item, DiagnosticBag diagnostics)
    {
        var set = new ModifierSet();
        var isSound = true;
        foreach (var name in item.Modifiers)
        {
            if (!Uses.ContainsKey(name) && !Anchorings.ContainsKey(name) && !Encoders.Contains(name) && !Others.Contains(name))
            {
                diagnostics.Add("RULE_MODIFIER_UNKNOWN", item.Position, $"There is no modifier '{name}'.");
                isSound = false;
            }
            else if (set.FindConflict(name, item.Field is null) is { } conflict)
            {
                diagnostics.Add("RULE_MODIFIER_CONFLICT", item.Position, conflict);
                isSound = false;
            }
            else
            {
                set.Add(name);
            }
        }

        return isSound ? set : null;
    }

    private bool Has(string name) => _names.Contains(name);

    private void Add(string name)
    {
        _names.Add(name);
        if (Uses.TryGetValue(name, out var use) && (Use != ValueUse.TimePart || use != ValueUse.Number))
            Use = use;
        if (Anchorings.TryGetValue(name, out var anchoring))
            Anchoring = anchoring;
        if (Anchorings.ContainsKey(name) || Encoders.Contains(name) || name is "windash" or "expand")
            _rewrites.Add(name);
        switch (name)
        {
            case "lt":
                Comparison = NumberComparison.Less;
                break;
            case "lte":
                Comparison = NumberComparison.LessOrEqual;
                break;
            case "gt":
                Comparison = NumberComparison.Greater;
                break;
            case "gte":
                Comparison = NumberComparison.GreaterOrEqual;
                break;
            case "i":
                RegexOptions |= RegexOptions.IgnoreCase;
                break;
            case "m":
                RegexOptions |= RegexOptions.Multiline;
                break;
            case "s":
                RegexOptions |= RegexOptions.Singleline;
                break;
            default:
                if (use == ValueUse.TimePart)
                    TimePart = Enum.Parse<TimePart>(name, ignoreCase: true);
                break;
        }
    }

    private string? FindConflict(string name, bool isKeyword)
    {
        if (Has(name))
            return $"The modifier '{name}' stands twice.";
        if (name is "i" or "m" or "s")
            return Has("re") ? null : $"The modifier '{name}' is only possible behind 're'.";
        if (isKeyword && Uses.TryGetValue(name, out var keywordUse) && keywordUse != ValueUse.Regex)
            return $"The modifier '{name}' needs a field.";
        return _names.Select(other => ConflictOf(name, other) ?? ConflictOf(other, name)).FirstOrDefault(text => text is not null);
    }

    private static string? ConflictOf(string name, string other)
    {
        var conflict = false;
        if (Uses.TryGetValue(name, out var use))
        {
            conflict = use switch
            {
                ValueUse.Exists => true,
                ValueUse.Regex => IsAnyOf(other, Uses.Keys) || IsAnyOf(other, Encoders) || other is "windash",
                ValueUse.Network => IsAnyOf(other, Uses.Keys) || IsAnyOf(other, Anchorings.Keys) || IsAnyOf(other, Encoders)
                    || other is "windash" or "cased",
                ValueUse.FieldReference => IsAnyOf(other, Uses.Keys) || IsAnyOf(other, Encoders) || other is "windash" or "expand",
                _ => IsAnyOf(other, Anchorings.Keys) || IsAnyOf(other, Encoders) || other is "windash" or "cased" or "expand"
                    || (Uses.TryGetValue(other, out var otherUse)
                        && !(use != otherUse && use is ValueUse.Number or ValueUse.TimePart
                            && otherUse is ValueUse.Number or ValueUse.TimePart)),
            };
        }
        else if (Anchorings.ContainsKey(name))
        {
            conflict = Anchorings.ContainsKey(other);
        }

        return conflict ? $"The modifiers '{other}' and '{name}' do not go together." : null;
    }

    private static bool IsAnyOf(string name, IEnumerable<string> names) => names.Contains(name);
}
