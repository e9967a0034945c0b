using System.IO.Compression;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Decompresses gzip, also of several members, and knows an early end: the platform's stream takes a cut-off file for
/// a finished one. When the input is through, one more member with a text of our own is fed behind it. Only where the
/// last real member was complete does that text come out again; everything else that comes out from then on is no data.
///
/// A bomb is refused by its ratio; the caller bounds the sum.
/// </summary>
internal sealed class GzipInput : IDisposable
{
    /// <summary>
    /// Output per input byte past which it is no log; chosen: event logs reach about 100, deflate's end is 1,032.
    /// </summary>
    public const int MaxRatio = 500;

    /// <summary>Output below which the ratio is not looked at; chosen: generated test logs repeat themselves.</summary>
    public const long RatioFreeBytes = 256L * 1024 * 1024;

    private static readonly byte[] Mark = "mcpsec: end of the real input"u8.ToArray();
    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly Feed _feed;
    private readonly GZipStream _gzip;
    private readonly byte[] _tail = new byte[256];
    private long _produced;

    public GzipInput(Stream compressed)
    {
        _feed = new Feed(compressed);
        _gzip = new GZipStream(_feed, CompressionMode.Decompress);
    }

    /// <summary>Reads on; 0 at the true end.</summary>
    /// <exception cref="InvalidDataException">The input is damaged, cut off or a bomb; the message says
    /// where.</exception>
    public int Read(Span<byte> output)
    {
        if (_feed.IsThrough)
            return 0;
        int count;
        try
        {
            count = _gzip.Read(output);
        }
        catch (InvalidDataException) when (!_feed.IsThrough)
        {
            throw new InvalidDataException($"The gzip data is damaged near byte {_feed.Consumed:N0}.");
        }
        catch (InvalidDataException)
        {
            throw Cut();
        }

        if (_feed.IsThrough)
        {
            DemandMark(output[..count]);
            return 0;
        }

        if (count == 0)
            throw Cut();
        _produced += count;
        if (_produced > RatioFreeBytes && _produced / MaxRatio > _feed.Consumed)
        {
            throw new InvalidDataException(
                $"The gzip data expands to more than {MaxRatio} times its size at byte {_feed.Consumed:N0}: a bomb, not a log.");
        }

        return count;
    }

    public void Dispose()
    {
        _gzip.Dispose();
        _feed.Dispose();
    }

    private void DemandMark(ReadOnlySpan<byte> first)
    {
        var length = Math.Min(first.Length, _tail.Length);
        first[..length].CopyTo(_tail);
        try
        {
            while (length < _tail.Length && _gzip.Read(_tail.AsSpan(length)) is > 0 and var more)
                length += more;
        }
        catch (InvalidDataException)
        {
            throw Cut();
        }

        if (!_tail.AsSpan(0, length).SequenceEqual(Mark))
            throw Cut();
    }

    private InvalidDataException Cut() => new(
        $"The gzip data ends early, or other bytes follow it: {_feed.Consumed:N0} bytes in, {_produced:N0} bytes out.");

    private static byte[] Compress(byte[] text)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(text);
        return output.ToArray();
    }

    /// <summary>The real input, then the mark's member, then the end.</summary>
    private sealed class Feed(Stream input) : Stream
    {
        private int _markOffset = -1;

        public long Consumed { get; private set; }

        /// <summary>The mark has been handed over: what comes out now is no data.</summary>
        public bool IsThrough => _markOffset >= 0;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            if (_markOffset < 0)
            {
                var count = input.Read(buffer);
                Consumed += count;
                if (count > 0 || buffer.IsEmpty)
                    return count;
                _markOffset = 0;
            }

            var rest = MarkMember.AsSpan(_markOffset);
            var given = Math.Min(rest.Length, buffer.Length);
            rest[..given].CopyTo(buffer);
            _markOffset += given;
            return given;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
