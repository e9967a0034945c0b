using static McpSecurity.Correlation.Engine.DiagnosticSeverity;

namespace McpSecurity.Correlation.Engine;

/// <summary>One kind of diagnostic, as <c>docs/guides/rule-diagnostics.md</c> shows it.</summary>
/// <param name="Code">Stable: scripts and people look for it.</param>
/// <param name="Severity">Whether a rule with it loads.</param>
/// <param name="Title">A few words.</param>
/// <param name="Explanation">What it means and why it is refused or mentioned.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Example">Rule text that has it, or where it comes from.</param>
public sealed record DiagnosticKind(
    string Code, DiagnosticSeverity Severity, string Title, string Explanation, string Remedy, string Example);

/// <summary>Every diagnostic there is, one row each; the documentation page is made from it and compared by a test.</summary>
public static class DiagnosticCatalog
{
    private static readonly DiagnosticKind[] Rows =
    [
        // Files and archives
        new("RULE_FILE_UNREADABLE", Error, "File cannot be read",
            "The file or folder does not exist, may not be read, or is no valid gzip.",
            "Check the path and its permissions.", "mcpsec rules check no-such-folder"),
        new("RULE_FILE_TOO_LARGE", Error, "File is too large",
            "A rule file may have 1 MiB after decompression. The largest rule that SigmaHQ ships has 300 KB.",
            "Split the file, or move long value lists into several rules.", "a 2 MiB rule file"),
        new("RULE_PACK_TOO_LARGE", Error, "Pack is too large",
            "A pack may have 50,000 files and 512 MiB together. Files behind the limit are not read.",
            "Split the pack.", "a folder of 60,000 rule files"),
        new("RULE_ARCHIVE_INVALID", Error, "Archive is damaged",
            "The zip archive, or a member of it, cannot be decompressed: damaged, encrypted, or an unknown method.",
            "Create the archive again.", "a truncated rules.zip"),
        new("RULE_ARCHIVE_LIMIT", Error, "Archive is beyond a limit",
            "An archive may have 64 MiB and 100,000 members, and a member may expand 200 times. More is taken for a bomb.",
            "Split the archive, or give the unpacked folder.", "a 10 KB member that expands to 1 GB"),
        new("RULE_ENCODING_INVALID", Error, "File is not UTF-8",
            "Rules are UTF-8 text. The position is that of the first byte that is none.",
            "Save the file as UTF-8.", "title: Caf\\xE9"),
        new("RULE_BYTE_ORDER_MARK", Warning, "File starts with a byte order mark",
            "The specification asks for plain UTF-8. The mark is skipped.",
            "Save the file as UTF-8 without byte order mark.", "EF BB BF before the title"),
        new("RULE_LINE_BREAK", Warning, "Line breaks are not LF",
            "The specification asks for LF. Carriage returns are read as line breaks.",
            "Convert the line breaks to LF.", "title: Test\\r\\n"),

        // YAML
        new("RULE_YAML_SYNTAX", Error, "YAML is malformed",
            "The file is no valid YAML, so none of its rules is loaded.",
            "Correct the line; tabs must not indent, and values with special characters need quotes.", "title: 'open"),
        new("RULE_YAML_TOO_DEEP", Error, "YAML is nested too deeply",
            "Nodes may be nested 64 deep; rules need about six.",
            "Remove the nesting.", "[[[[[[ ..."),
        new("RULE_YAML_TOO_LARGE", Error, "YAML has too many nodes",
            "A file may have 100,000 nodes, aliases counted with all they stand for, and 1,000 documents.",
            "Split the file.", "a: &a [x, x]  b: &b [*a, *a] ..."),
        new("RULE_YAML_ALIAS", Error, "YAML alias cannot be used",
            "An alias names an anchor that is not there or that contains the alias, or the file has more than 1,000.",
            "Write the value out.", "selection: *unknown"),
        new("RULE_YAML_DUPLICATE_KEY", Error, "Key stands twice in one map",
            "A YAML map has each key once; which of two is meant cannot be known.",
            "Rename or merge them; several values of one field are a list.", "Image: a.exe\\nImage: b.exe"),
        new("RULE_FILE_EMPTY", Error, "File holds no rule",
            "The file has no YAML document in it.",
            "Remove the file.", "a file of comments only"),

        // Documents
        new("RULE_NOT_A_MAP", Error, "Document is no rule",
            "A rule, correlation or filter is a YAML map with a title.",
            "Write attribute: value lines.", "- just\\n- a list"),
        new("RULE_KIND_UNKNOWN", Error, "Neither rule nor correlation nor filter",
            "A document has exactly one of detection, correlation and filter.",
            "Add the section, or remove the one too many.", "title: Nothing to detect"),
        new("RULE_ACTION_UNSUPPORTED", Error, "Rule collections are obsolete",
            "The action attribute (global, reset, repeat) belonged to a rule format before the specification and is not part of it. "
            + "The documents of the file that build on it are not loaded.",
            "Write each rule out in full.", "action: global"),
        new("RULE_ATTRIBUTE_MISSING", Error, "Mandatory attribute is missing",
            "The specification demands the attribute.",
            "Add it.", "a rule without logsource"),
        new("RULE_ATTRIBUTE_TYPE", Error, "Attribute has the wrong type",
            "The attribute is of another type in the specification, e.g. a map where a text is due.",
            "Change the value to the type that the message names.", "logsource: windows"),
        new("RULE_ATTRIBUTE_UNEXPECTED", Warning, "Attribute is not as specified",
            "An attribute that does not change what is detected is not as the specification wants it; the rule loads.",
            "Change the value to what the message says.", "status: productive"),
        new("RULE_LEVEL_UNKNOWN", Error, "Level is unknown",
            "Levels are informational, low, medium, high and critical.",
            "Use one of the five.", "level: severe"),
        new("RULE_LEVEL_MISSING", Warning, "Rule has no level",
            "The specification lets a rule have no level; it is taken as medium here.",
            "Add a level.", "a rule without level"),
        new("RULE_ID_DUPLICATE", Error, "Id is used twice",
            "Another document of the set has the same id, or both have no id and the same text. The first one loads.",
            "Give the rule an id of its own, or load it once.", "the same file in two folders of a pack"),
        new("RULE_NAME_DUPLICATE", Error, "Name is used twice",
            "Correlations refer to rules by name, so a name belongs to one document of the set. The first one loads.",
            "Rename one.", "name: failed_logon, twice"),
        new("RULE_LOGSOURCE_EMPTY", Warning, "Log source names nothing",
            "Without category, product and service the rule is tested against every event.",
            "Name at least one of the three.", "logsource:\\n    definition: all logs"),
        new("RULE_TAXONOMY_UNKNOWN", Warning, "Taxonomy is unknown",
            "Events answer to the names of the taxonomies sigma and ecs. Names of others are looked up as they are written.",
            "Use the sigma or ecs names.", "taxonomy: ocsf"),

        // Detection
        new("RULE_SELECTION_INVALID", Error, "Search identifier is malformed",
            "A search identifier is a map of fields, a list of such maps, or a list of keywords; none of them empty.",
            "Write field: value below it, or a list.", "selection: text"),
        new("RULE_VALUE_TYPE", Error, "Value has the wrong type",
            "Values are texts, numbers, booleans, null, or lists of texts, numbers and booleans; modifiers may want one of them.",
            "Change the value to the type that the message names.", "Port|gt: many"),
        new("RULE_VALUE_TOO_LONG", Error, "Value is too long",
            "A value may have 16 KiB before and after its modifiers.",
            "Shorten it to what distinguishes it.", "a 20 KB script as value"),
        new("RULE_VALUE_TOO_MANY", Error, "Too many values",
            "One written value may expand to 10,000 values and a rule may hold 50,000 tests.",
            "Split the rule, or shorten the value lists.", "an expand placeholder with 20,000 values"),
        new("RULE_LIST_EMPTY", Error, "List is empty",
            "An empty list of values says nothing.",
            "Remove the field, or give it values; an empty text is ''.", "Image: []"),
        new("RULE_NULL_IN_LIST", Error, "Null stands in a list of values",
            "The specification forbids it: null is a type of its own.",
            "Put the null into a search identifier of its own.", "FieldB: ['', null]"),
        new("RULE_FIELD_INVALID", Error, "Field name cannot be used",
            "The field name is empty once spaces and punctuation are taken out, or longer than 256 characters.",
            "Write the field's name before the modifiers.", "'---|contains': x"),
        new("RULE_TIMEFRAME_IGNORED", Warning, "Timeframe is ignored",
            "A timeframe belongs to the obsolete aggregations. Without one it has no meaning.",
            "Remove it, or write a correlation.", "timeframe: 30s"),

        // Modifiers
        new("RULE_MODIFIER_UNKNOWN", Error, "Modifier is unknown",
            "The specification has no modifier of that name.",
            "Correct the name.", "Image|ends: '\\\\cmd.exe'"),
        new("RULE_MODIFIER_CONFLICT", Error, "Modifiers do not go together",
            "One of the modifiers has no meaning beside another, or is only possible behind it.",
            "Remove one of the two that the message names.", "Image|cidr|contains: 10.0.0.0/8"),
        new("RULE_ALL_SINGLE_VALUE", Warning, "The all modifier stands with a single value",
            "The specification does not allow it, since some backends cannot express it; here it changes nothing.",
            "Remove the modifier, or use another search identifier.", "CommandLine|contains|all: ' -x '"),
        new("RULE_REGEX_INVALID", Error, "Regular expression is malformed",
            "The expression cannot be parsed.",
            "Correct it at the place that the message names.", "CommandLine|re: '(open'"),
        new("RULE_REGEX_BACKTRACKING", Error, "Regular expression needs backtracking",
            "Expressions run on an engine whose time grows with the text only. Look-around, back references and atomic groups "
            + "need another one; the specification does not allow them either.",
            "Write the rule without them; a negation belongs into the condition.", "CommandLine|re: '(?=a)'"),
        new("RULE_CIDR_INVALID", Error, "Network is malformed",
            "The value is no IPv4 or IPv6 network in CIDR notation.",
            "Write address/prefix length.", "IpAddress|cidr: 10.0.0.0/33"),
        new("RULE_ENCODED_WILDCARD", Error, "Wildcards cannot be encoded",
            "A value with wildcards, also those of contains, startswith and endswith, has no encoding. Modifiers apply in the order written.",
            "Escape the wildcard, or write the encoding before contains.", "CommandLine|base64: 'a*b'"),
        new("RULE_PLACEHOLDER_UNDEFINED", Error, "Placeholder has no values",
            "The expand modifier replaces placeholders by values that are configured. The specification demands that a rule with "
            + "a placeholder that the tool cannot replace is rejected.",
            "Configure the placeholder's values.", "User|expand: '%Administrators%'"),
        new("RULE_PLACEHOLDER_NONE", Warning, "Nothing to expand",
            "The value has the expand modifier and no placeholder; it is taken as it is.",
            "Remove the modifier, or write the placeholder between percent signs.", "User|expand: admin"),

        // Condition
        new("RULE_CONDITION_SYNTAX", Error, "Condition is malformed",
            "A condition is made of search identifiers, 1 of, all of, and, or, not and parentheses.",
            "Correct it at the place that the message names.", "condition: selection and and filter"),
        new("RULE_CONDITION_TOO_DEEP", Error, "Condition is nested too deeply",
            "Parentheses and negations may be nested 64 deep, and a condition may have 64 KiB.",
            "Simplify the condition.", "condition: ((((( ..."),
        new("RULE_CONDITION_UNKNOWN_IDENTIFIER", Error, "Search identifier is not defined",
            "The condition names a search identifier that the detection does not define, or a pattern that none matches.",
            "Define it, or correct the name.", "condition: selecton"),
        new("RULE_CONDITION_QUANTIFIER", Error, "Quantifier is unknown",
            "The specification has 1 of and all of.",
            "Use one of the two.", "condition: 2 of selection*"),
        new("RULE_OBSOLETE_AGGREGATION", Error, "Aggregations in conditions are obsolete",
            "Conditions with a pipe (count, sum, near and others) were replaced by correlations; the specification dropped them.",
            "Write a correlation that refers to the rule.", "condition: selection | count() by src_ip > 10"),
        new("RULE_SELECTION_UNUSED", Warning, "Search identifier is not used",
            "The condition does not use it.",
            "Use it in the condition, or remove it.", "filter: without and not filter"),

        // Correlations and filters
        new("RULE_CORRELATION_INVALID", Error, "Correlation is malformed",
            "A part of the correlation is not as its type demands.",
            "Change it to what the message says.", "timespan: soon"),
        new("RULE_CORRELATION_NOT_EVALUATED", Notice, "Correlation is not run yet",
            "The correlation is valid and kept, but this version does not run correlations. The rules it refers to report on their own meanwhile.",
            "Nothing; do not rely on its alerts yet.", "type: event_count"),
        new("RULE_REFERENCE_UNKNOWN", Warning, "Reference leads nowhere",
            "No rule or correlation of the set that loads has this id or name. The correlation is valid, and cannot match without it.",
            "Load the rule together with the correlation, or correct the reference.", "rules:\\n    - no_such_rule"),
        new("RULE_REFERENCE_CYCLE", Error, "Correlations refer to each other",
            "A correlation refers to itself, directly or over others.",
            "Break the cycle that the message shows.", "a refers to b, b refers to a"),
        new("RULE_FILTER_REFERENCE_UNKNOWN", Warning, "Filter names a rule that is not there",
            "No rule of the set has this id or name; the filter applies to the others it names.",
            "Load the rule together with the filter, or correct the reference.", "rules:\\n    - no_such_rule"),
        new("RULE_FILTER_NOT_APPLIED", Warning, "Filter does not fit the rule",
            "The filter's log source is not that of the rule it names, or the reference is a correlation; the filter is not applied to it.",
            "Correct the filter's log source, or remove the reference.", "a filter for linux naming a windows rule"),
        new("RULE_TOO_MANY_DIAGNOSTICS", Error, "There is more",
            "More than 200 diagnostics for one file; the rest is not listed.",
            "Correct the ones listed first.", "a 1 MiB file of misspelled modifiers"),
    ];

    private static readonly Dictionary<string, DiagnosticKind> ByCode = Rows.ToDictionary(row => row.Code, StringComparer.Ordinal);

    /// <summary>In the order of the documentation page.</summary>
    public static IReadOnlyList<DiagnosticKind> Kinds => Rows;

    internal static Diagnostic Create(string code, string file, int line, int column, string message)
    {
        var kind = ByCode[code];
        return new Diagnostic(kind.Severity, code, file, line, column, message, kind.Remedy);
    }
}
