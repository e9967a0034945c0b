using System.Buffers;
using System.Runtime.CompilerServices;
using McpSecurity.Http;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Ingestion.Log;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Persistence;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Ingestion.Features.Events;

/// <summary>
/// Searches stored events, newest first. JSON: <c>{"items","nextCursor"}</c>; with <c>Accept: application/x-ndjson</c>
/// one row a line, and <c>limit=0</c> streams every row.
/// </summary>
internal static class SearchEventsEndpoint
{
    private const int MaxPage = 1_000;

    /// <summary>Bytes after which a JSON page ends early, with a cursor; chosen: a page is held in memory whole.</summary>
    private const int MaxPageBytes = 16 * 1024 * 1024;

    public static void MapSearchEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/events", HandleAsync).Sends<SearchEvents>();

    private static async Task<IResult> HandleAsync(
        HttpContext context, IMediator mediator, string? q, DateTimeOffset? from, DateTimeOffset? to, int? limit, long? cursor,
        CancellationToken cancellationToken)
    {
        var wantsLines = context.Request.Headers.Accept.ToString().Contains("ndjson", StringComparison.OrdinalIgnoreCase);
        var rows = limit ?? 100;
        if (!wantsLines && rows is 0 or > MaxPage)
            return Problem.From(IngestionFailures.PageTooLarge(MaxPage));
        var result = await mediator.Send(new SearchEvents(q, from, to, rows, cursor), cancellationToken);
        if (!result.Succeeded(out var found, out var failure))
            return Problem.From(failure);
        if (wantsLines)
            await WriteLinesAsync(context.Response, found, cancellationToken);
        else
            await WritePageAsync(context.Response, found, rows, cancellationToken);
        return Results.Empty;
    }

    private static async Task WriteLinesAsync(HttpResponse response, FoundEvents found, CancellationToken cancellationToken)
    {
        response.ContentType = "application/x-ndjson";
        await foreach (var rows in found.Rows.WithCancellation(cancellationToken))
            await response.Body.WriteAsync(rows.Lines, cancellationToken);
    }

    private static async Task WritePageAsync(
        HttpResponse response, FoundEvents found, int limit, CancellationToken cancellationToken)
    {
        response.ContentType = "application/json";
        var page = new ArrayBufferWriter<byte>();
        page.Write("{\"items\":["u8);
        var count = 0;
        var isCut = false;
        long last = 0;
        await foreach (var rows in found.Rows.WithCancellation(cancellationToken))
        {
            isCut = !AddRows(page, rows, ref count, ref last);
            if (isCut)
                break;
        }

        page.Write("]"u8);
        if (isCut || count == limit)
            page.Write(System.Text.Encoding.UTF8.GetBytes($",\"nextCursor\":{last}"));
        page.Write("}"u8);
        await response.Body.WriteAsync(page.WrittenMemory, cancellationToken);
    }

    /// <summary>False when the page is full before the rows are all in it; one row goes in whatever its size.</summary>
    private static bool AddRows(ArrayBufferWriter<byte> page, FoundRows rows, ref int count, ref long last)
    {
        var index = 0;
        foreach (var range in rows.Lines.Span.Split((byte)'\n'))
        {
            var line = rows.Lines.Span[range];
            if (line.IsEmpty)
                continue;
            if (count > 0 && page.WrittenCount + line.Length > MaxPageBytes)
                return false;
            if (count++ > 0)
                page.Write(","u8);
            page.Write(line);
            last = rows.Sequences[index++];
        }

        return true;
    }
}

// No validator: the query's own parser checks it and says where; the limit is checked beside it.
/// <param name="Query">The query text; null or empty finds everything.</param>
/// <param name="From">Events at or after this event time.</param>
/// <param name="To">Events before this event time.</param>
/// <param name="Limit">Rows at most; 0 is all.</param>
/// <param name="Cursor">Only events with a lower sequence.</param>
[Requires(Permission.EventsRead)]
internal sealed record SearchEvents(string? Query, DateTimeOffset? From, DateTimeOffset? To, int Limit, long? Cursor)
    : IRequest<Result<FoundEvents>>;

/// <summary>The rows, found while they are enumerated.</summary>
internal sealed record FoundEvents(IAsyncEnumerable<FoundRows> Rows);

/// <summary>Some rows as NDJSON; valid until the next ones are asked for.</summary>
/// <param name="Lines">One row a line.</param>
/// <param name="Sequences">The sequence of each line.</param>
internal readonly record struct FoundRows(ReadOnlyMemory<byte> Lines, IReadOnlyList<long> Sequences);

internal sealed class SearchEventsHandler(Database database, RequestContext context)
    : IRequestHandler<SearchEvents, Result<FoundEvents>>
{
    public Task<Result<FoundEvents>> Handle(SearchEvents request, CancellationToken cancellationToken)
    {
        if (request.Limit < 0)
            return Task.FromResult<Result<FoundEvents>>(IngestionFailures.LimitInvalid);
        if (!EventQuery.Parse(request.Query).Succeeded(out var query, out var failure))
            return Task.FromResult<Result<FoundEvents>>(failure);
        return Task.FromResult<Result<FoundEvents>>(new FoundEvents(
            // The token comes with the enumeration.
            FindAsync(request, query, context.Tenant, CancellationToken.None)));
    }

    private async IAsyncEnumerable<FoundRows> FindAsync(
        SearchEvents request, EventQuery query, TenantId tenant,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scan = new BlockScan(query, request.From, request.To, request.Cursor);
        using var writer = new EventRowWriter();
        var lines = new ArrayBufferWriter<byte>(256 * 1024);
        var sequences = new List<long>();
        var left = request.Limit == 0 ? long.MaxValue : request.Limit;
        await foreach (var batch in scan.ReadAsync(database, tenant, cancellationToken))
        {
            lines.ResetWrittenCount();
            sequences.Clear();
            for (var i = batch.Count - 1; i >= 0 && left > 0; i--)
            {
                if (!scan.Matches(batch, i))
                    continue;
                writer.Write(lines, batch, i);
                sequences.Add(batch.FirstSequence + i);
                left--;
            }

            if (sequences.Count > 0)
                yield return new FoundRows(lines.WrittenMemory, sequences);
            if (left == 0)
                yield break;
        }
    }
}
