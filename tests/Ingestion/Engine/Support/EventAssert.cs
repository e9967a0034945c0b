using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Tests.Engine.Support;

internal static class EventAssert
{
    /// <summary>Original, time, flags, log source and every slot (field, kind, text, order) are the same.</summary>
    public static void Same(EventBatch expected, int index, EventBatch actual, int other)
    {
        ref readonly var left = ref expected.Entries[index];
        ref readonly var right = ref actual.Entries[other];
        if (left.TimeMicros == right.TimeMicros && left.Flags == right.Flags && left.LogSource == right.LogSource
            && expected.OriginalOf(index).SequenceEqual(actual.OriginalOf(other)) && SameSlots(expected, index, actual, other))
        {
            return;
        }

        Assert.Equal(left.TimeMicros, right.TimeMicros);
        Assert.Equal(left.Flags, right.Flags);
        Assert.Equal(left.LogSource, right.LogSource);
        Assert.Equal(expected.Original(index), actual.Original(other));
        Assert.Equal(expected.Describe(index), actual.Describe(other));
        Assert.Fail("The events differ in the order of their fields or in a value's kind.");
    }

    private static bool SameSlots(EventBatch expected, int index, EventBatch actual, int other)
    {
        var left = expected.SlotsOf(index);
        var right = actual.SlotsOf(other);
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i].Field != right[i].Field || left[i].Kind != right[i].Kind
                || !expected.TextOf(left[i]).SequenceEqual(actual.TextOf(right[i])))
            {
                return false;
            }
        }

        return true;
    }
}
