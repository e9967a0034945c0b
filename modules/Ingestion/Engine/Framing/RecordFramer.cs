namespace McpSecurity.Ingestion.Engine.Framing;

internal enum FrameKind : byte
{
    /// <summary>The window ends inside something; come back with more bytes behind it.</summary>
    NeedMore,
    Record,
    Rejected,
    End,
}

/// <summary>Where a record lies in the window, or what is wrong there.</summary>
internal struct Frame
{
    public int Start;
    public int Length;

    /// <summary>Place of the record's first byte, or of the fault, in the decompressed input; both from 1.</summary>
    public long Line;
    public long Column;

    public string Code;
    public string Message;
}

/// <summary>
/// Finds records in a window of bytes that moves over the input. The outcome depends on the bytes alone, never on how
/// they were cut into windows: whoever asks for more keeps asking until the decision is the same as with all bytes in
/// sight, or until <see cref="Pipeline.PipelineLimits.RecordBytes"/> are in sight, which bounds the window.
/// </summary>
internal abstract class RecordFramer
{
    private long _lineStart;

    /// <summary>Everything in the window before this is dealt with.</summary>
    public int Position { get; protected set; }

    /// <summary>The line <see cref="Position"/> is on, from 1.</summary>
    protected long Line { get; private set; } = 1;

    public abstract FrameKind Next(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame);

    /// <summary>The window's first <paramref name="count"/> bytes are gone.</summary>
    public void Shift(int count)
    {
        Position -= count;
        _lineStart -= count;
    }

    protected long ColumnOf(int offset) => offset - _lineStart + 1;

    /// <summary>Moves on and counts the lines that are passed.</summary>
    protected void MoveTo(ReadOnlySpan<byte> window, int position)
    {
        var passed = window[Position..position];
        var feeds = passed.Count((byte)'\n');
        if (feeds > 0)
        {
            Line += feeds;
            _lineStart = Position + passed.LastIndexOf((byte)'\n') + 1;
        }

        Position = position;
    }

    /// <summary>Moves on within one line, or just past its line feed.</summary>
    protected void MoveWithinLine(int position, bool pastFeed)
    {
        Position = position;
        if (!pastFeed)
            return;
        Line++;
        _lineStart = position;
    }

    protected void Place(ref Frame frame, int start, int length)
    {
        frame.Start = start;
        frame.Length = length;
        frame.Line = Line;
        frame.Column = ColumnOf(start);
    }

    /// <summary>Fills the frame with a fault at an offset at or behind <see cref="Position"/>.</summary>
    protected void Reject(ref Frame frame, ReadOnlySpan<byte> window, int offset, string code, string message)
    {
        var fault = new RecordFault(offset - Position, code, message);
        (frame.Line, frame.Column) = fault.Locate(window[Position..], Line, ColumnOf(Position));
        (frame.Start, frame.Length) = (offset, 0);
        (frame.Code, frame.Message) = (code, message);
    }
}
