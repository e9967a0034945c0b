using System.Buffers;
using System.Text.Json;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Framing;

/// <summary>
/// Frames JSON objects however they stand: one a line, one after the other over several lines, in an array, or in a
/// container <c>{"Records":[…]}</c>. In files with one object a line a line is taken without looking inside.
///
/// After a fault it goes on, at top level with the next line that starts with <c>{</c>, in an array behind the broken
/// element if its brackets balance, else with the next line that is indented like it.
/// </summary>
internal sealed class JsonFramer(bool isLines) : RecordFramer
{
    private enum State : byte
    {
        Top,
        Array,
        ContainerTail,
        SkipLine,
        SkipToObjectLine,
        SkipToElementLine,
    }

    private static readonly SearchValues<byte> Whitespace = SearchValues.Create(" \t\r\n"u8);
    private static readonly SearchValues<byte> ScalarEnd = SearchValues.Create(",]\n"u8);
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = PipelineLimits.RecordDepth + 1 };

    private State _state;
    private bool _isContainer;
    private bool _isOpen;
    private int _indent;
    private int _tailDepth;
    private bool _tailInString;
    private bool _tailEscaped;

    public override FrameKind Next(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        while (true)
        {
            var outcome = _state switch
            {
                State.Top => NextAtTop(window, isFinal, ref frame),
                State.Array => NextInArray(window, isFinal, ref frame),
                State.ContainerTail => SkipContainerTail(window, isFinal),
                State.SkipLine => SkipLine(window, isFinal),
                _ => SkipToLine(window, isFinal),
            };
            if (outcome is { } kind)
                return kind;
        }
    }

    private FrameKind? NextAtTop(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        if (!SkipWhitespace(window))
            return isFinal ? FrameKind.End : FrameKind.NeedMore;
        switch (window[Position])
        {
            case (byte)'{':
                var array = JsonText.ContainerStart(window[Position..], isFinal);
                if (array == JsonText.Undecided)
                    return FrameKind.NeedMore;
                if (array < 0)
                    return isLines ? NextLine(window, isFinal, ref frame) : NextValue(window, isFinal, ref frame);
                MoveTo(window, Position + array);
                (_state, _isContainer, _isOpen) = (State.Array, true, true);
                return null;
            case (byte)'[':
                MoveWithinLine(Position + 1, pastFeed: false);
                (_state, _isContainer, _isOpen) = (State.Array, false, true);
                return null;
            default:
                Reject(ref frame, window, Position, RecordCodes.NotAnObject, "A record must be a JSON object.");
                _state = State.SkipLine;
                return FrameKind.Rejected;
        }
    }

    private FrameKind? NextLine(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        var rest = window[Position..];
        var feed = rest.IndexOf((byte)'\n');
        if (feed < 0 && !isFinal && rest.Length <= PipelineLimits.RecordBytes)
            return FrameKind.NeedMore;
        var line = (feed < 0 ? rest : rest[..feed]).TrimEnd(" \t\r"u8);
        if (line.Length > PipelineLimits.RecordBytes)
            return RejectTooLarge(window, ref frame, State.SkipLine);
        // Anything else than a brace at the end is either a broken line or an object that goes on below.
        if (line[^1] != (byte)'}')
            return NextValue(window, isFinal, ref frame);
        Place(ref frame, Position, line.Length);
        if (feed < 0)
            MoveWithinLine(window.Length, pastFeed: false);
        else
            MoveWithinLine(Position + feed + 1, pastFeed: true);
        return FrameKind.Record;
    }

    private FrameKind? NextValue(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        var rest = window[Position..];
        var length = JsonText.ValueLength(rest, isFinal, ReaderOptions, out var fault);
        if (length > PipelineLimits.RecordBytes || (length == JsonText.Undecided && Exceeds(rest)))
            return RejectTooLarge(window, ref frame, isLines ? State.SkipLine : State.SkipToObjectLine);
        if (length == JsonText.Undecided)
            return FrameKind.NeedMore;
        if (length > 0)
        {
            Place(ref frame, Position, length);
            MoveTo(window, Position + length);
            return FrameKind.Record;
        }

        if (isLines)
        {
            // The fault that matters is the one in this line, not where reading on into the next one failed.
            var feed = rest.IndexOf((byte)'\n');
            var line = feed < 0 ? rest : rest[..feed];
            JsonText.ValueLength(line.TrimEnd((byte)'\r'), isFinal: true, ReaderOptions, out fault);
            Reject(ref frame, window, Position + fault.Offset, fault.Code, fault.Message);
            _state = State.SkipLine;
            return FrameKind.Rejected;
        }

        return ResynchronizeAtTop(window, isFinal, fault, ref frame);
    }

    private FrameKind? ResynchronizeAtTop(ReadOnlySpan<byte> window, bool isFinal, RecordFault fault, ref Frame frame)
    {
        var rest = window[Position..];
        var inSight = rest[..Math.Min(rest.Length, PipelineLimits.RecordBytes)];
        var from = Math.Max(fault.Offset - 1, 0);
        var line = from < inSight.Length ? inSight[from..].IndexOf("\n{"u8) : -1;
        var balanced = JsonText.BalancedLength(inSight);
        var seesEnough = isFinal || rest.Length >= PipelineLimits.RecordBytes;
        if (line < 0 && balanced < 0 && !seesEnough)
            return FrameKind.NeedMore;

        Reject(ref frame, window, Position + fault.Offset, fault.Code, fault.Message);
        if (balanced >= 0 && (line < 0 || balanced <= from + line))
        {
            MoveTo(window, Position + balanced);
        }
        else
        {
            MoveTo(window, Position + Math.Min(from, rest.Length));
            _state = State.SkipToObjectLine;
        }

        return FrameKind.Rejected;
    }

    private FrameKind? NextInArray(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        if (!SkipWhitespace(window))
        {
            if (!isFinal)
                return FrameKind.NeedMore;
            if (!_isOpen)
                return FrameKind.End;
            _isOpen = false;
            Reject(ref frame, window, Position, RecordCodes.JsonTruncated, "The array is not closed.");
            return FrameKind.Rejected;
        }

        switch (window[Position])
        {
            case (byte)',':
                MoveWithinLine(Position + 1, pastFeed: false);
                return null;
            case (byte)']':
                MoveWithinLine(Position + 1, pastFeed: false);
                _isOpen = false;
                _state = _isContainer ? State.ContainerTail : State.Top;
                (_tailDepth, _tailInString, _tailEscaped) = (1, false, false);
                return null;
            case (byte)'{':
                return NextElement(window, isFinal, ref frame);
            default:
                return SkipScalar(window, isFinal, ref frame);
        }
    }

    private FrameKind? NextElement(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        var rest = window[Position..];
        var length = JsonText.ValueLength(rest, isFinal, ReaderOptions, out var fault);
        var isTooLarge = length > PipelineLimits.RecordBytes || (length == JsonText.Undecided && Exceeds(rest));
        if (length == JsonText.Undecided && !isTooLarge)
            return FrameKind.NeedMore;
        if (length > 0 && !isTooLarge)
        {
            Place(ref frame, Position, length);
            MoveTo(window, Position + length);
            return FrameKind.Record;
        }

        if (isTooLarge)
            return RejectTooLarge(window, ref frame, State.SkipToElementLine);

        var inSight = rest[..Math.Min(rest.Length, PipelineLimits.RecordBytes)];
        var balanced = JsonText.BalancedLength(inSight);
        if (balanced < 0 && !isFinal && rest.Length < PipelineLimits.RecordBytes)
            return FrameKind.NeedMore;
        Reject(ref frame, window, Position + fault.Offset, fault.Code, fault.Message);
        if (balanced >= 0)
        {
            MoveTo(window, Position + balanced);
            return FrameKind.Rejected;
        }

        _indent = (int)Math.Min(ColumnOf(Position) - 1, 256);
        MoveTo(window, Position + Math.Min(Math.Max(fault.Offset - 1, 0), rest.Length));
        _state = State.SkipToElementLine;
        return FrameKind.Rejected;
    }

    private FrameKind? SkipScalar(ReadOnlySpan<byte> window, bool isFinal, ref Frame frame)
    {
        var rest = window[Position..];
        var end = rest[1..].IndexOfAny(ScalarEnd);
        if (end < 0 && !isFinal && !Exceeds(rest))
            return FrameKind.NeedMore;
        Reject(ref frame, window, Position, RecordCodes.NotAnObject, "A record must be a JSON object.");
        if (end >= 0)
            MoveWithinLine(Position + 1 + end, pastFeed: false);
        else
            _state = State.SkipLine;
        return FrameKind.Rejected;
    }

    private FrameKind RejectTooLarge(ReadOnlySpan<byte> window, ref Frame frame, State skip)
    {
        Reject(ref frame, window, Position, RecordCodes.TooLarge, RecordCodes.TooLargeMessage);
        _indent = (int)Math.Min(ColumnOf(Position) - 1, 256);
        MoveWithinLine(Position + 1, pastFeed: false);
        _state = skip;
        return FrameKind.Rejected;
    }

    /// <summary>Behind the array of a container: everything up to the brace that closes it.</summary>
    private FrameKind? SkipContainerTail(ReadOnlySpan<byte> window, bool isFinal)
    {
        for (var i = Position; i < window.Length; i++)
        {
            var c = window[i];
            if (_tailEscaped)
                _tailEscaped = false;
            else if (_tailInString)
                (_tailInString, _tailEscaped) = (c != (byte)'"', c == (byte)'\\');
            else if (c == (byte)'"')
                _tailInString = true;
            else if (c is (byte)'{' or (byte)'[')
                _tailDepth++;
            else if (c is (byte)'}' or (byte)']' && --_tailDepth == 0)
            {
                MoveTo(window, i + 1);
                _state = State.Top;
                return null;
            }
        }

        MoveTo(window, window.Length);
        return isFinal ? FrameKind.End : FrameKind.NeedMore;
    }

    private FrameKind? SkipLine(ReadOnlySpan<byte> window, bool isFinal)
    {
        var feed = window[Position..].IndexOf((byte)'\n');
        if (feed < 0)
        {
            MoveWithinLine(window.Length, pastFeed: false);
            return isFinal ? FrameKind.End : FrameKind.NeedMore;
        }

        MoveWithinLine(Position + feed + 1, pastFeed: true);
        _state = _isOpen ? State.Array : State.Top;
        return null;
    }

    /// <summary>Up to the line that starts the next record.</summary>
    private FrameKind? SkipToLine(ReadOnlySpan<byte> window, bool isFinal)
    {
        var indent = _state == State.SkipToElementLine ? _indent : 0;
        while (true)
        {
            var feed = window[Position..].IndexOf((byte)'\n');
            if (feed < 0)
            {
                MoveWithinLine(window.Length, pastFeed: false);
                return isFinal ? FrameKind.End : FrameKind.NeedMore;
            }

            var start = Position + feed + 1;
            if (start + indent >= window.Length && !isFinal)
            {
                // Stay before the line feed, so that the line is looked at again when it is in sight.
                MoveWithinLine(Position + feed, pastFeed: false);
                return FrameKind.NeedMore;
            }

            MoveWithinLine(start, pastFeed: true);
            if (start + indent < window.Length && window[start + indent] == (byte)'{'
                && !window.Slice(start, indent).ContainsAnyExcept((byte)' ', (byte)'\t'))
            {
                _state = _state == State.SkipToElementLine ? State.Array : State.Top;
                return null;
            }
        }
    }

    private bool SkipWhitespace(ReadOnlySpan<byte> window)
    {
        var next = window[Position..].IndexOfAnyExcept(Whitespace);
        MoveTo(window, next < 0 ? window.Length : Position + next);
        return next >= 0;
    }

    private static bool Exceeds(ReadOnlySpan<byte> rest) => rest.Length > PipelineLimits.RecordBytes;
}
