using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Frames Zeek's tab-separated logs: one record a line, lines with <c>#</c> are header. The header may come again in
/// the middle of a file, also with other columns (logs put one behind the other); times of opening and closing are no
/// part of it, so that a rotated log goes on with the same header.
/// </summary>
internal sealed class ZeekFramer : RecordFramer
{
    /// <summary>Bytes of a header; chosen: Zeek's widest log (http with all packages) has about 2 KB.</summary>
    private const int HeaderBytes = 64 * 1024;

    private readonly List<byte> _pending = [];
    private bool _isInHeader;
    private bool _isSkipping;

    /// <summary>The header of the records that come now; the same array as long as it does not change.</summary>
    public byte[] Header { get; private set; } = [];

    public override FrameKind Next(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        while (true)
        {
            var rest = window[Position..];
            if (rest.IsEmpty)
                return isFinal ? FrameKind.End : FrameKind.NeedMore;
            var feed = rest.IndexOf((byte)'\n');
            if (_isSkipping)
            {
                MoveWithinLine(feed < 0 ? window.Length : Position + feed + 1, pastFeed: feed >= 0);
                _isSkipping = feed < 0;
                continue;
            }

            if (feed < 0 && !isFinal && rest.Length <= PipelineLimits.RecordBytes)
                return FrameKind.NeedMore;
            var line = (feed < 0 ? rest : rest[..feed]).TrimEnd((byte)'\r');
            if (line.Length > PipelineLimits.RecordBytes)
            {
                Reject(ref frame, window, Position, RecordCodes.TooLarge, RecordCodes.TooLargeMessage);
                _isSkipping = true;
                return FrameKind.Rejected;
            }

            var outcome = NextLine(window, line, ref frame);
            MoveWithinLine(feed < 0 ? window.Length : Position + feed + 1, pastFeed: feed >= 0);
            if (outcome is { } kind)
                return kind;
        }
    }

    private FrameKind? NextLine(ReadOnlySpan<byte> window, ReadOnlySpan<byte> line, ref Frame frame)
    {
        if (line.IsEmpty)
            return null;
        if (line[0] == (byte)'#')
        {
            AddHeaderLine(line);
            return null;
        }

        if (_isInHeader)
            EndHeader();
        if (Header.Length == 0)
        {
            Reject(
                ref frame, window, Position, RecordCodes.ZeekHeaderMissing, "No #fields line stands before this record.");
            return FrameKind.Rejected;
        }

        Place(ref frame, Position, line.Length);
        return FrameKind.Record;
    }

    private void AddHeaderLine(ReadOnlySpan<byte> line)
    {
        if (!_isInHeader)
        {
            _pending.Clear();
            _isInHeader = true;
        }

        if (line.StartsWith("#open"u8) || line.StartsWith("#close"u8) || _pending.Count + line.Length > HeaderBytes)
            return;
        _pending.AddRange(line);
        _pending.Add((byte)'\n');
    }

    private void EndHeader()
    {
        _isInHeader = false;
        // A lone #close or a comment between records leaves the header as it is.
        var pending = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending);
        if (pending.IndexOf("#fields"u8) >= 0 && !pending.SequenceEqual(Header))
            Header = pending.ToArray();
    }
}
