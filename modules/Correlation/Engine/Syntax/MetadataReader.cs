using System.Globalization;
using McpSecurity.Kernel;

namespace McpSecurity.Correlation.Engine;

/// <summary>Reads what a document says about itself.</summary>
internal static class MetadataReader
{
    private const int MaxTitleLength = 256;
    private const int MaxDescriptionLength = 65_535;

    private static readonly string[] Statuses = ["stable", "test", "experimental", "deprecated", "unsupported"];
    private static readonly string[] Relations = ["derived", "obsolete", "merged", "renamed", "similar"];

    public static RuleMetadata Read(AttributeReader attributes, DiagnosticBag diagnostics, bool needsLevel)
    {
        var title = attributes.RequiredText("title");
        if (title?.Text.Length > MaxTitleLength)
            attributes.Unexpected(title.Position, $"'title' has more than {MaxTitleLength} characters.");
        var id = attributes.Text("id");
        if (id is not null && !Guid.TryParseExact(id, "D", out _))
            attributes.Unexpected(PositionOf(attributes, "id"), "'id' is no UUID; the rule is identified by the text as it is.");
        var status = attributes.Text("status");
        if (status is not null && !Statuses.Contains(status))
            attributes.Unexpected(PositionOf(attributes, "status"), $"'status' is none of {string.Join(", ", Statuses)}.");
        var taxonomy = attributes.Text("taxonomy", MaxTitleLength);
        if (taxonomy is not (null or "sigma" or "ecs"))
        {
            diagnostics.Add(
                "RULE_TAXONOMY_UNKNOWN", PositionOf(attributes, "taxonomy"), $"The taxonomy '{taxonomy}' is not known.");
        }

        return new RuleMetadata
        {
            Title = WithoutNul(title?.Text ?? string.Empty),
            SigmaId = id,
            Name = attributes.Text("name", MaxTitleLength),
            Status = status,
            Description = attributes.Text("description", MaxDescriptionLength),
            Author = attributes.Text("author"),
            License = attributes.Text("license"),
            Date = ReadDate(attributes, "date"),
            Modified = ReadDate(attributes, "modified"),
            Taxonomy = taxonomy,
            Level = ReadLevel(attributes, diagnostics, needsLevel),
            Tags = [.. ReadTags(attributes).Select(WithoutNul)],
            References = attributes.Texts("references"),
            FalsePositives = attributes.Texts("falsepositives"),
            Fields = attributes.Texts("fields"),
            Scope = attributes.Texts("scope"),
            Related = ReadRelated(attributes),
        };
    }

    /// <summary>YAML can write a NUL as an escape, and a database's text cannot hold one.</summary>
    private static string WithoutNul(string text) => text.Replace('\0', '\uFFFD');

    private static Position PositionOf(AttributeReader attributes, string name) =>
        attributes.Map.Find(name)?.Value.Position ?? attributes.Map.Position;

    private static Severity ReadLevel(AttributeReader attributes, DiagnosticBag diagnostics, bool needsLevel)
    {
        if (attributes.Map.Find("level") is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
        {
            if (needsLevel)
                diagnostics.Add("RULE_LEVEL_MISSING", attributes.Map.Position, "The rule has no level and is taken as medium.");
            return Severity.Medium;
        }

        switch ((entry.Value as YamlScalar)?.Text)
        {
            case "informational":
                return Severity.Informational;
            case "low":
                return Severity.Low;
            case "medium":
                return Severity.Medium;
            case "high":
                return Severity.High;
            case "critical":
                return Severity.Critical;
        }

        diagnostics.Add(
            "RULE_LEVEL_UNKNOWN", entry.Value.Position, "'level' is none of informational, low, medium, high, critical.");
        return Severity.Medium;
    }

    private static string? ReadDate(AttributeReader attributes, string name)
    {
        var date = attributes.Text(name);
        if (date is not null && !DateOnly.TryParseExact(
                date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            attributes.Unexpected(PositionOf(attributes, name), $"'{name}' is no date in the form YYYY-MM-DD.");
        return date;
    }

    private static IReadOnlyList<string> ReadTags(AttributeReader attributes)
    {
        var tags = attributes.Texts("tags");
        foreach (var tag in tags)
        {
            var dot = tag.IndexOf('.', StringComparison.Ordinal);
            if (dot < 1 || dot == tag.Length - 1 || !tag.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-'))
                attributes.Unexpected(PositionOf(attributes, "tags"), $"The tag '{tag}' is not namespace.name in lower case.");
        }

        return tags;
    }

    private static List<RelatedRule> ReadRelated(AttributeReader attributes)
    {
        var related = new List<RelatedRule>();
        if (attributes.Map.Find("related") is not { } entry || entry.Value is YamlScalar { Type: ScalarType.Null })
            return related;
        if (entry.Value is not YamlSequence sequence)
        {
            attributes.Unexpected(entry.Value.Position, $"'related' is {entry.Value.Kind} where a list is due.");
            return related;
        }

        foreach (var item in sequence.Items)
        {
            if (item is YamlMap map && map.Find("id")?.Value is YamlScalar id && map.Find("type")?.Value is YamlScalar type
                && Relations.Contains(type.Text))
                related.Add(new RelatedRule(id.Text, type.Text));
            else
                attributes.Unexpected(item.Position, $"An item of 'related' has an id and a type ({string.Join(", ", Relations)}).");
        }

        return related;
    }
}
