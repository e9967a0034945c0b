using McpSecurity.Streams;

namespace McpSecurity.Correlation.Engine;

/// <summary>
/// Compiles a pack. A document with an error does not load, all others do, and everything there is to say about a file
/// is said at once. The passes, in order: read documents, drop doubles, compile detections, build filters in, resolve
/// correlations.
/// </summary>
public static class RuleSetCompiler
{
    public static RuleSetCompilation Compile(RulePack pack) => Compile(pack, RuleSetOptions.Default);

    public static RuleSetCompilation Compile(RulePack pack, RuleSetOptions options)
    {
        ArgumentNullException.ThrowIfNull(pack);
        ArgumentNullException.ThrowIfNull(options);
        var compiling = new Compiling(pack, options);
        var documents = compiling.ReadDocuments();
        documents = compiling.DropDoubles(documents);
        var rules = compiling.CompileRules(documents);
        var filters = compiling.CompileFilters(documents);
        rules = compiling.ApplyFilters(rules, filters, documents);
        var correlations = compiling.ResolveCorrelations(documents, rules);
        return new RuleSetCompilation
        {
            FileCount = compiling.FileCount,
            DocumentCount = compiling.DocumentCount,
            CompiledCount = rules.Count + filters.Count + correlations.Count,
            Rules = rules,
            Correlations = correlations,
            Filters = [.. filters.Select(filter => filter.Syntax.Metadata.Title)],
            Diagnostics = compiling.Diagnostics(),
            Program = RuleProgram.Create(rules),
        };
    }

    private sealed class Compiling(RulePack pack, RuleSetOptions options)
    {
        private readonly Dictionary<RuleFile, DiagnosticBag> _bags = new(ReferenceEqualityComparer.Instance);

        public int FileCount => pack.Files.Count + pack.Diagnostics.Count;

        public int DocumentCount { get; private set; } = pack.Diagnostics.Count;

        public IReadOnlyList<Diagnostic> Diagnostics() =>
        [
            .. pack.Diagnostics,
            .. pack.Files.SelectMany(file => _bags[file].Items.OrderBy(item => item.Line).ThenBy(item => item.Column)),
        ];

        public List<DocumentSyntax> ReadDocuments()
        {
            var documents = new List<DocumentSyntax>();
            foreach (var file in pack.Files)
            {
                var reader = new DocumentReader(file, _bags[file] = new DiagnosticBag(file.Path));
                documents.AddRange(reader.Read());
                DocumentCount += reader.DocumentCount;
            }

            return documents;
        }

        public List<DocumentSyntax> DropDoubles(List<DocumentSyntax> documents)
        {
            var keys = new Dictionary<Guid, DocumentSyntax>();
            var names = new Dictionary<string, DocumentSyntax>(StringComparer.Ordinal);
            var kept = new List<DocumentSyntax>();
            foreach (var document in documents)
            {
                if (document.IsRefused)
                    kept.Add(document);
                else if (!keys.TryAdd(document.FindingKey, document))
                    Add("RULE_ID_DUPLICATE", document, $"The id is that of {PlaceOf(keys[document.FindingKey])}.");
                else if (document.Metadata.Name is { } name && !names.TryAdd(name, document))
                    Add("RULE_NAME_DUPLICATE", document, $"The name '{name}' is that of {PlaceOf(names[name])}.");
                else
                    kept.Add(document);
            }

            return kept;
        }

        public List<CompiledRule> CompileRules(List<DocumentSyntax> documents)
        {
            var rules = new List<CompiledRule>();
            foreach (var rule in documents.OfType<RuleSyntax>())
            {
                if (CompileDetection(rule, rule.Detection) is not { } condition)
                    continue;
                rules.Add(new CompiledRule(condition, rule.Detection)
                {
                    FindingKey = rule.FindingKey,
                    Metadata = rule.Metadata,
                    LogSource = rule.LogSource,
                    Source = rule.File,
                    Line = rule.Position.Line,
                });
            }

            return rules;
        }

        public List<CompiledFilter> CompileFilters(List<DocumentSyntax> documents)
        {
            var filters = new List<CompiledFilter>();
            foreach (var filter in documents.OfType<FilterSyntax>())
            {
                if (CompileDetection(filter, filter.Detection) is { } condition)
                    filters.Add(new CompiledFilter(filter, condition));
            }

            return filters;
        }

        public List<CompiledRule> ApplyFilters(
            List<CompiledRule> rules, List<CompiledFilter> filters, List<DocumentSyntax> documents)
        {
            var filtered = rules.ToDictionary(rule => rule.FindingKey);
            var lookup = new ReferenceLookup(documents.Where(document => !document.IsRefused));
            foreach (var filter in filters)
            {
                foreach (var reference in filter.Syntax.Rules)
                {
                    if (lookup.Find(reference.Text) is not { } target)
                        Add("RULE_FILTER_REFERENCE_UNKNOWN", filter.Syntax, reference.Position, $"There is no rule '{reference.Text}'.");
                    else if (!filtered.TryGetValue(target.FindingKey, out var rule) || !filter.Fits(rule.LogSource))
                        Add("RULE_FILTER_NOT_APPLIED", filter.Syntax, reference.Position, $"The filter does not fit '{target.Metadata.Title}'.");
                    else
                        filtered[target.FindingKey] = filter.ApplyTo(rule);
                }
            }

            return [.. rules.Select(rule => filtered[rule.FindingKey])];
        }

        public List<CompiledCorrelation> ResolveCorrelations(List<DocumentSyntax> documents, List<CompiledRule> rules)
        {
            var loaded = rules.Select(rule => rule.FindingKey).ToHashSet();
            var sound = documents.Where(document => !document.IsRefused).ToList();
            var lookup = new ReferenceLookup(
                sound.Where(document => document is CorrelationSyntax || loaded.Contains(document.FindingKey)));
            var resolver = new CorrelationResolver(lookup, Add);
            return [.. sound.OfType<CorrelationSyntax>().Select(resolver.Resolve).OfType<CompiledCorrelation>()];
        }

        private Condition? CompileDetection(DocumentSyntax document, DetectionSyntax detection) =>
            new DetectionCompiler(options, _bags[document.File]).Compile(detection, document.Position, document.IsRefused);

        private void Add(string code, DocumentSyntax document, string message) => Add(code, document, document.Position, message);

        private void Add(string code, DocumentSyntax document, Position position, string message) =>
            _bags[document.File].Add(code, position, message);

        private static string PlaceOf(DocumentSyntax document) => $"{document.File.Path}, line {document.Position.Line}";
    }
}
