using System.Text;
using McpSecurity.Kernel;

namespace McpSecurity.Pipeline.Tests;

public class EventBatchTests
{
    private static readonly FieldId Image = FieldTable.Intern("Image");
    private static readonly FieldId User = FieldTable.Intern("User");

    private readonly EventBatch _batch = new();

    [Fact]
    public void An_event_is_slices_of_the_payload_and_of_made_text()
    {
        _batch.Load("""{"Image":"a\\b","User":"eve"}"""u8);
        _batch.BeginEvent();
        _batch.AddSlot(Image, _batch.AppendText(@"a\b"u8), 3, FieldKind.Text);
        _batch.AddSlot(User, 24, 3, FieldKind.Text);
        _batch.EndEvent(new EventEntry { OriginalLength = _batch.PayloadLength, TimeMicros = 5, Ordinal = 9 });

        Assert.Equal(1, _batch.Count);
        Assert.Equal(@"a\b", TextOf(0, Image));
        Assert.Equal("eve", TextOf(0, User));
        Assert.Equal("""{"Image":"a\\b","User":"eve"}""", Encoding.UTF8.GetString(_batch.OriginalOf(0)));
        Assert.Equal(9, _batch.Entries[0].Ordinal);
        Assert.False(_batch.TryGet(0, FieldTable.Intern("Absent"), out _));
    }

    [Fact]
    public void The_first_of_several_values_is_the_one_that_is_got()
    {
        AddEvent(("Image", "one"), ("Image", "two"));

        Assert.Equal("one", TextOf(0, Image));
        Assert.Equal(2, _batch.SlotsOf(0).Length);
    }

    [Fact]
    public void Growth_moves_nothing_that_a_slot_refers_to()
    {
        var value = new string('x', 1_000);
        for (var i = 0; i < EventBatch.MaxEvents; i++)
        {
            Assert.False(_batch.IsFull);
            AddEvent(("Image", $"{i}"), ("User", value));
        }

        Assert.True(_batch.IsFull);
        Assert.True(_batch.RetainedBytes > EventBatch.MaxEvents * 1_000);
        for (var i = 0; i < EventBatch.MaxEvents; i++)
        {
            Assert.Equal($"{i}", TextOf(i, Image));
            Assert.Equal(value, TextOf(i, User));
        }
    }

    [Fact]
    public void An_event_may_have_more_fields_than_the_batch_had_room_for()
    {
        _batch.BeginEvent();
        var start = _batch.AppendText("v"u8);
        for (var i = 0; i < 40_000; i++)
            _batch.AddSlot(i % 2 == 0 ? Image : User, start, 1, FieldKind.Text);
        Assert.Equal(40_000, _batch.OpenSlots.Length);
        _batch.EndEvent(default);
        AddEvent(("User", "next"));

        Assert.Equal(40_000, _batch.SlotsOf(0).Length);
        Assert.Equal(1, _batch.SlotsOf(1).Length);
        Assert.Equal("next", TextOf(1, User));
    }

    [Fact]
    public void An_abandoned_event_leaves_no_slot_behind()
    {
        AddEvent(("Image", "kept"));
        _batch.BeginEvent();
        _batch.AddSlot(Image, _batch.AppendText("lost"u8), 4, FieldKind.Text);
        _batch.AddSlot(User, 0, 1, FieldKind.Text);
        _batch.AbandonEvent();
        AddEvent(("User", "after"));

        Assert.Equal(2, _batch.Count);
        Assert.Equal(2, _batch.Slots.Length);
        Assert.Equal("kept", TextOf(0, Image));
        Assert.Equal("after", TextOf(1, User));
        Assert.False(_batch.TryGet(1, Image, out _));
    }

    [Fact]
    public void The_entry_given_at_the_end_cannot_displace_the_slots()
    {
        AddEvent(("Image", "a"));
        _batch.BeginEvent();
        _batch.AddSlot(User, _batch.AppendText("b"u8), 1, FieldKind.Text);
        _batch.EndEvent(new EventEntry { FirstSlot = 77, SlotCount = 99, Flags = EventFlags.FieldsCut });

        Assert.Equal("b", TextOf(1, User));
        Assert.Equal(EventFlags.FieldsCut, _batch.Entries[1].Flags);
    }

    [Fact]
    public void Reserved_text_counts_only_what_was_committed()
    {
        var room = _batch.ReserveText(100_000);
        "ab"u8.CopyTo(room);
        var first = _batch.CommitText(2);
        var second = _batch.AppendText("cd"u8);

        Assert.Equal((0, 2), (first, second));
        Assert.Equal("abcd", Encoding.UTF8.GetString(_batch.Buffer));
    }

    [Fact]
    public void A_cleared_batch_knows_nothing_of_what_it_held()
    {
        AddEvent(("Image", "secret"));
        _batch.Tenant = TenantId.Default;
        _batch.FirstSequence = _batch.Position = _batch.ReceivedMicros = 1;
        _batch.Format = _batch.SourceName = "x";
        _batch.Header = [1];
        _batch.Clear();

        Assert.Equal((0, 0, 0, 0), (_batch.Count, _batch.PayloadLength, _batch.Buffer.Length, _batch.Slots.Length));
        Assert.Equal(default, _batch.Tenant);
        Assert.Equal((0L, 0L, 0L), (_batch.FirstSequence, _batch.Position, _batch.ReceivedMicros));
        Assert.Equal((string.Empty, string.Empty), (_batch.Format, _batch.SourceName));
        Assert.Empty(_batch.Header);
    }

    [Fact]
    public void A_reused_batch_gives_only_the_new_events()
    {
        AddEvent(("Image", "old"), ("User", "old"));
        _batch.Load("new"u8);
        _batch.BeginEvent();
        _batch.AddSlot(Image, 0, 3, FieldKind.Text);
        _batch.EndEvent(default);

        Assert.Equal(1, _batch.Count);
        Assert.Equal("new", TextOf(0, Image));
        Assert.False(_batch.TryGet(0, User, out _));
    }

    [Fact]
    public void A_warm_batch_is_filled_again_without_allocating()
    {
        Fill();
        Fill();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Fill()
        {
            _batch.Clear();
            _batch.AppendPayload("payload"u8);
            for (var i = 0; i < EventBatch.MaxEvents; i++)
            {
                _batch.BeginEvent();
                for (var field = 0; field < 30; field++)
                    _batch.AddSlot(Image, _batch.AppendText("some value that was made"u8), 24, FieldKind.Text);
                _batch.EndEvent(default);
            }
        }
    }

    private void AddEvent(params ReadOnlySpan<(string Field, string Value)> fields)
    {
        _batch.BeginEvent();
        foreach (var (field, value) in fields)
        {
            var text = Encoding.UTF8.GetBytes(value);
            _batch.AddSlot(FieldTable.Intern(field), _batch.AppendText(text), text.Length, FieldKind.Text);
        }

        _batch.EndEvent(default);
    }

    private string TextOf(int index, FieldId field)
    {
        Assert.True(_batch.TryGet(index, field, out var slot));
        return Encoding.UTF8.GetString(_batch.TextOf(slot));
    }
}
