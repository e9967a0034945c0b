using System.IO.Compression;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Kernel;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>Who sent events, and what they said about them.</summary>
/// <param name="Tenant">Owner of the events.</param>
/// <param name="Format"><c>auto</c> or a name of <see cref="EventFormats"/>; null is auto.</param>
/// <param name="SourceName">What the sender calls its source, or empty.</param>
/// <param name="ReceivedMicros">Time of receipt, microseconds since 1970-01-01 UTC.</param>
public readonly record struct EventOrigin(TenantId Tenant, string? Format, string SourceName, long ReceivedMicros);

/// <summary>
/// Turns a request's body into event batches: recognizes compression and format by content, frames, decodes and
/// normalizes. Records that do not parse are listed and the others kept; a body that cannot be framed is a failure and
/// nothing of it is kept. Safe for concurrent use.
/// </summary>
public sealed class RequestDecoder(EventBatchPool pool)
{
    /// <summary>
    /// Members of an archive that are looked at; chosen: far above what a sender puts together by hand.
    /// </summary>
    private const int MaxMembers = 10_000;

    /// <summary>
    /// Failures: <c>events.format_unknown</c>, <c>events.format_unsupported</c>, <c>events.body_empty</c>,
    /// <c>events.body_too_large</c>, <c>events.record_too_large</c>, <c>events.compression_damaged</c>,
    /// <c>events.archive_damaged</c>, <c>events.too_many_rejected</c>.
    /// </summary>
    /// <param name="body">As it came, plain, gzip or zip; more than 16 MiB are refused in any case.</param>
    /// <param name="origin">Who sent it.</param>
    public Result<DecodedRequest> Decode(ReadOnlyMemory<byte> body, in EventOrigin origin)
    {
        if (!EventFormats.Resolve(origin.Format).Succeeded(out var format, out var failure))
            return failure;
        if (body.Length > PipelineLimits.RequestBytes)
            return EventFailures.BodyTooLarge;
        var decoder = DecoderPool.Rent();
        var work = new RequestWork(pool, decoder, origin, format);
        try
        {
            failure = FormatSniffer.IsZip(body.Span) ? ReadArchive(work, body) : ReadBody(work, body, origin.SourceName);
            return failure is null ? work.Finish() : failure;
        }
        finally
        {
            work.Abandon();
            DecoderPool.Return(decoder);
        }
    }

    private static Failure? ReadBody(RequestWork work, ReadOnlyMemory<byte> body, string name)
    {
        if (!FormatSniffer.IsGzip(body.Span))
            return work.Read(body.Span, name);
        using var plain = new PooledBuffer();
        using var gzip = new GzipInput(new MemoryInput(body));
        return Fill(plain, gzip, work.RemainingBytes) ?? work.Read(plain.Written, name);
    }

    private static Failure? ReadArchive(RequestWork work, ReadOnlyMemory<byte> body)
    {
        try
        {
            if (ZipDirectory.CountEntries(body.Span) > MaxMembers)
                return EventFailures.ArchiveTooLarge(MaxMembers);
            using var archive = new ZipArchive(new MemoryInput(body), ZipArchiveMode.Read);
            using var member = new PooledBuffer();
            var found = 0;
            Failure? unknown = null;
            foreach (var entry in archive.Entries)
            {
                if (entry.FullName.EndsWith('/'))
                    continue;
                member.Clear();
                using var stream = entry.Open();
                if (!member.TryReadAll(stream, work.RemainingBytes))
                    return EventFailures.BodyTooLarge;
                if (member.Length != entry.Length)
                    throw new InvalidDataException($"'{entry.FullName}' has not the length that the archive says.");
                var failure = ReadBody(work, member.WrittenMemory, work.MemberName(entry.FullName));
                if (failure is { Code: EventFailures.FormatUnknownCode or EventFailures.BodyEmptyCode })
                    unknown ??= failure;
                else if (failure is not null)
                    return failure;
                else
                    found++;
            }

            return found > 0 ? null : unknown ?? EventFailures.ArchiveEmpty;
        }
        catch (InvalidDataException exception)
        {
            return EventFailures.ArchiveDamaged(exception);
        }
    }

    private static Failure? Fill(PooledBuffer plain, GzipInput gzip, int limit)
    {
        try
        {
            while (gzip.Read(plain.GetSpan(64 * 1024)) is > 0 and var count)
            {
                plain.Advance(count);
                if (plain.Length > limit)
                    return EventFailures.BodyTooLarge;
            }

            return null;
        }
        catch (InvalidDataException exception)
        {
            return EventFailures.CompressionDamaged(exception);
        }
    }
}
