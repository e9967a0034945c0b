using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using McpSecurity.Http;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Framing;
using McpSecurity.Ingestion.Log;
using McpSecurity.Kernel;
using McpSecurity.Mediation;
using McpSecurity.Pipeline;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace McpSecurity.Ingestion.Features.Events;

/// <summary>
/// Stores the events of one request: all that parse, in one transaction, before the answer. A 200 means flushed to
/// disk and visible to the next search.
/// </summary>
internal static class IngestEventsEndpoint
{
    public const string ReplayedHeader = "Idempotency-Replayed";
    private const string KeyHeader = "Idempotency-Key";

    public static void MapIngestEvents(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/events", HandleAsync).Sends<IngestEvents>();

    private static async Task<IResult> HandleAsync(
        HttpContext context, IMediator mediator, InFlight inFlight, string? format, string? source,
        CancellationToken cancellationToken)
    {
        // Two waiting places: the bytes that a sender may make us hold are taken before the body is read.
        using var admitted = inFlight.TryEnter(context.Request.ContentLength ?? PipelineLimits.RequestBytes);
        if (admitted is null)
            return Problem.From(IngestionFailures.Busy);
        using var body = new PooledBody();
        var read = await body.ReadAsync(context.Request.Body, cancellationToken);
        if (!read.Succeeded(out var bytes, out var failure))
            return Problem.From(failure);

        var key = context.Request.Headers[KeyHeader];
        var request = new IngestEvents(bytes, format ?? "auto", source ?? string.Empty, key.Count == 0 ? null : key.ToString());
        var result = await mediator.Send(request, cancellationToken);
        if (!result.Succeeded(out var receipt, out failure))
            return Problem.From(failure);
        if (receipt.IsReplayed)
            context.Response.Headers[ReplayedHeader] = "true";
        return Results.Bytes(receipt.Answer, "application/json");
    }
}

// No validator: the decoder checks the body record by record and lists what is wrong.
/// <param name="Body">As sent, perhaps compressed, at most <see cref="PipelineLimits.RequestBytes"/>; valid until the answer.</param>
/// <param name="Format"><c>auto</c> or a format's name.</param>
/// <param name="SourceName">What the sender calls its source; may be empty.</param>
[Requires(Permission.EventsWrite)]
internal sealed record IngestEvents(ReadOnlyMemory<byte> Body, string Format, string SourceName, string? IdempotencyKey)
    : IRequest<Result<IngestReceipt>>;

/// <summary>The answer's bytes (<c>{"accepted","rejected","errors"}</c>), and whether it is that of an earlier request.</summary>
internal sealed record IngestReceipt(byte[] Answer, bool IsReplayed);

internal sealed class IngestEventsHandler(
    RequestContext context, RequestDecoder decoder, BlockWriterPool writers, Committer committer,
    IngestionMetrics metrics, TimeProvider clock)
    : IRequestHandler<IngestEvents, Result<IngestReceipt>>
{
    public async Task<Result<IngestReceipt>> Handle(IngestEvents request, CancellationToken cancellationToken)
    {
        if (request.IdempotencyKey is { } given && !IsKey(given))
            return IngestionFailures.KeyInvalid;

        var received = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        var decoded = decoder.Decode(
            request.Body, new EventOrigin(context.Tenant, request.Format, request.SourceName, received));
        if (!decoded.Succeeded(out var events, out var failure))
        {
            metrics.Refused(failure.Code);
            return failure;
        }

        using var owned = events;
        metrics.Rejected(events.Rejected);
        var answer = WriteAnswer(events);
        if (events.Accepted == 0 && request.IdempotencyKey is null)
            return new IngestReceipt(answer, IsReplayed: false);

        var key = request.IdempotencyKey is null
            ? null
            : new RequestKey(request.IdempotencyKey, SHA256.HashData(request.Body.Span), answer);
        var blocks = Encode(events.Batches);
        var append = new PendingAppend(context.Tenant, events.TakeBatches(), blocks, key);
        if (!committer.TryEnqueue(append))
        {
            append.Release();
            metrics.Refused(IngestionFailures.Busy.Code);
            return IngestionFailures.Busy;
        }

        // Not cancellable from here on: the committer owns the batches, and a caller who hangs up changes nothing.
        var outcome = await append.Outcome;
        if (!outcome.Succeeded(out var stored, out failure))
            return failure;
        return stored.EarlierAnswer is { } earlier
            ? new IngestReceipt(earlier, IsReplayed: true)
            : new IngestReceipt(answer, IsReplayed: false);
    }

    private static bool IsKey(string key) =>
        key.Length is > 0 and <= 255 && !key.AsSpan().ContainsAnyExceptInRange('!', '~');

    private EncodedBlock[] Encode(IReadOnlyList<EventBatch> batches)
    {
        var writer = writers.Rent();
        var blocks = new EncodedBlock[batches.Count];
        for (var i = 0; i < blocks.Length; i++)
            blocks[i] = writer.Write(batches[i]);
        writers.Return(writer);
        return blocks;
    }

    private static byte[] WriteAnswer(DecodedRequest events)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = HttpJson.Options.Encoder }))
        {
            json.WriteStartObject();
            json.WriteNumber("accepted", events.Accepted);
            json.WriteNumber("rejected", events.Rejected);
            json.WriteStartArray("errors");
            foreach (var error in events.Errors)
                JsonSerializer.Serialize(json, error, HttpJson.Options);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
