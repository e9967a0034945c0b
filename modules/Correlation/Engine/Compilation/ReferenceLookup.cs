namespace McpSecurity.Correlation.Engine;

/// <summary>Finds the documents of a set by id or name.</summary>
internal sealed class ReferenceLookup
{
    private readonly Dictionary<string, DocumentSyntax> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DocumentSyntax> _byId = new(StringComparer.OrdinalIgnoreCase);

    public ReferenceLookup(IEnumerable<DocumentSyntax> documents)
    {
        foreach (var document in documents)
        {
            if (document is FilterSyntax)
                continue;
            if (document.Metadata.Name is { } name)
                _byName.TryAdd(name, document);
            if (document.Metadata.SigmaId is { } id)
                _byId.TryAdd(id, document);
        }
    }

    public DocumentSyntax? Find(string reference) =>
        _byName.GetValueOrDefault(reference) ?? _byId.GetValueOrDefault(reference);
}
