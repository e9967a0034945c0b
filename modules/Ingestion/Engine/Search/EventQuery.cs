using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Search;

/// <summary>
/// A search over events: <c>field:value</c>, <c>field:"phrase"</c>, bare words, <c>*</c> as wildcard, terms joined by
/// <c>and</c> or by standing side by side. A field's term holds when one of the field's texts equals the value or has
/// it as a whole word, without case; a bare term when that holds for any field or for the original record.
/// Immutable and safe for concurrent use.
/// </summary>
public sealed class EventQuery
{
    private static readonly Dictionary<string, BlockColumn> Columns = new(StringComparer.OrdinalIgnoreCase)
    {
        ["event.severity"] = BlockColumn.Severity,
        ["event.category"] = BlockColumn.Category,
        ["event.action"] = BlockColumn.Action,
        ["event.outcome"] = BlockColumn.Outcome,
        ["host.name"] = BlockColumn.HostName,
        ["user.name"] = BlockColumn.UserName,
        ["source.ip"] = BlockColumn.SourceIp,
        ["destination.ip"] = BlockColumn.DestinationIp,
        ["process.name"] = BlockColumn.ProcessName,
        ["process.executable"] = BlockColumn.ProcessExecutable,
    };

    private readonly Term[] _terms;

    private EventQuery(IEnumerable<QueryTerm> terms)
    {
        _terms = [.. terms.Where(term => term.Field is not null || !term.Pattern.IsAnything).Select(term => new Term(term))];
        RequiredTokens = [.. _terms.SelectMany(term => term.Pattern.RequiredTokens()).Distinct()];
    }

    /// <summary>Everything matches.</summary>
    public static EventQuery All { get; } = new([]);

    public bool IsAll => _terms.Length == 0;

    /// <summary>Words that every matching event has; a block whose filter lacks one of them need not be read.</summary>
    public IReadOnlyList<FilterToken> RequiredTokens { get; }

    /// <summary>
    /// <c>query.syntax</c> or <c>query.unsupported</c>, with the column (from 1) in message and details. Nothing and
    /// white space are everything.
    /// </summary>
    public static Result<EventQuery> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return All;
        return new QueryParser(text).Parse().Match(
            terms => Result<EventQuery>.From(new EventQuery(terms)), failure => failure);
    }

    /// <summary>Whether a block with this filter may hold a matching event.</summary>
    public bool MayMatch(ReadOnlySpan<byte> tokenFilter)
    {
        foreach (var token in RequiredTokens)
        {
            if (!TokenFilter.MayContain(tokenFilter, token))
                return false;
        }

        return true;
    }

    /// <summary>Whether a block with this summary may hold a matching event.</summary>
    public bool MayMatch(BlockSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        foreach (var term in _terms)
        {
            if (term.Field is not null && Columns.TryGetValue(term.Field, out var column)
                && summary.ExactValues.TryGetValue(column, out var values)
                && !values.Any(value => term.Pattern.Matches(Encoding.UTF8.GetBytes(value))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tests one event; allocates nothing.</summary>
    public bool Matches(EventBatch batch, int index)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var term in _terms)
        {
            if (!(term.Field is null ? MatchesAnywhere(batch, index, term.Pattern) : MatchesField(batch, index, term)))
                return false;
        }

        return true;
    }

    private static bool MatchesField(EventBatch batch, int index, Term term)
    {
        if (!term.TryResolve(out var field))
            return false;
        foreach (ref readonly var slot in batch.SlotsOf(index))
        {
            if (slot.Field == field && slot.Kind != FieldKind.Null && term.Pattern.Matches(batch.TextOf(slot)))
                return true;
        }

        return false;
    }

    private static bool MatchesAnywhere(EventBatch batch, int index, WordPattern pattern)
    {
        if (pattern.Matches(batch.OriginalOf(index)))
            return true;
        foreach (ref readonly var slot in batch.SlotsOf(index))
        {
            // What lies in the original was looked at with it.
            if (slot.Start >= batch.PayloadLength && pattern.Matches(batch.TextOf(slot)))
                return true;
        }

        return false;
    }

    private sealed class Term(QueryTerm term)
    {
        private FieldId _field;
        private int _seenNames = -1;

        public string? Field => term.Field;

        public WordPattern Pattern => term.Pattern;

        /// <summary>
        /// Names come with events; one that nobody has sent yet may come later. A race finds the same id twice.
        /// </summary>
        public bool TryResolve(out FieldId field)
        {
            if (_field.IsNone && FieldTable.Count is var names && names != _seenNames)
            {
                if (FieldTable.TryFind(term.Field!, out var found))
                    _field = found;
                _seenNames = names;
            }

            field = _field;
            return !field.IsNone;
        }
    }
}
