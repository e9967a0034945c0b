using System.Buffers.Text;
using System.Net;
using System.Text;
using McpSecurity.Ingestion.Engine.Decoding;
using McpSecurity.Pipeline;

namespace McpSecurity.Ingestion.Engine.Normalization;

/// <summary>Carries out one row of a field table on an open event.</summary>
internal static class Transforms
{
    private const int DecimalLength = 20;

    public static void Apply(OpenEvent open, CompiledRule rule, BatchTexts texts)
    {
        switch (rule.Transform)
        {
            case Transform.JoinBackslash:
                Join(open, rule);
                return;
            case Transform.RegistryPath:
                WriteRegistryPath(open, rule);
                return;
        }

        foreach (var source in rule.Sources)
        {
            if (open.TryGet(source, out var slot) && TryApply(open, rule, source, in slot, texts))
                return;
        }
    }

    private static bool TryApply(OpenEvent open, CompiledRule rule, FieldId source, in FieldSlot slot, BatchTexts texts)
    {
        var text = open.Batch.TextOf(slot);
        switch (rule.Transform)
        {
            case Transform.Same:
                AddAll(open, rule.Target, source, slot);
                return true;
            case Transform.Lookup:
                return TryLookUp(open, rule, text, texts);
        }

        if (text.IsEmpty || (text.Length == 1 && text[0] == (byte)'-'))
            return false;
        switch (rule.Transform)
        {
            case Transform.Copy:
                AddAll(open, rule.Target, source, slot);
                return true;
            case Transform.FileName:
                return TryAddPart(open, rule.Target, slot, text.LastIndexOfAny((byte)'\\', (byte)'/') + 1, text.Length);
            case Transform.AccountName:
                return TryAddPart(open, rule.Target, slot, text.LastIndexOf((byte)'\\') + 1, text.Length);
            case Transform.AccountDomain:
                return TryAddPart(open, rule.Target, slot, 0, text.LastIndexOf((byte)'\\'));
            case Transform.Integer:
                return TryAddInteger(open, rule.Target, slot, text);
            case Transform.IpAddress:
                if (!IsIpAddress(text))
                    return false;
                AddAll(open, rule.Target, source, slot);
                return true;
            case Transform.LowerCase:
                return TryAddLowerCase(open, rule.Target, slot, text);
            default:
                return TryAddHash(open, rule, slot, text);
        }
    }

    private static void AddAll(OpenEvent open, FieldId target, FieldId source, in FieldSlot first)
    {
        if (!open.IsRepeated(source))
        {
            open.Add(target, first.Start, first.Length, first.Kind);
            return;
        }

        var count = open.Count;
        for (var i = 0; i < count; i++)
        {
            var slot = open.Batch.OpenSlots[i];
            if (slot.Field == source)
                open.Add(target, slot.Start, slot.Length, slot.Kind);
        }
    }

    private static bool TryAddPart(OpenEvent open, FieldId target, in FieldSlot slot, int from, int to)
    {
        if (to <= from)
            return false;
        open.Add(target, slot.Start + from, to - from, FieldKind.Text);
        return true;
    }

    private static bool TryAddInteger(OpenEvent open, FieldId target, in FieldSlot slot, ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("0x"u8) || text.StartsWith("0X"u8))
        {
            if (!Utf8Parser.TryParse(text[2..], out ulong number, out var used, 'x') || used != text.Length - 2
                || !Utf8Formatter.TryFormat(number, open.Batch.ReserveText(DecimalLength), out var length))
            {
                return false;
            }

            open.Add(target, open.Batch.CommitText(length), length, FieldKind.Number);
            return true;
        }

        var digits = text[0] == (byte)'-' ? text[1..] : text;
        if (digits.IsEmpty || digits.Length >= DecimalLength || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        open.Add(target, slot.Start, slot.Length, FieldKind.Number);
        return true;
    }

    private static bool IsIpAddress(ReadOnlySpan<byte> text) =>
        (text.Contains((byte)':') || text.Count((byte)'.') == 3) && IPAddress.IsValidUtf8(text);

    private static bool TryAddLowerCase(OpenEvent open, FieldId target, in FieldSlot slot, ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            open.Add(target, slot.Start, slot.Length, FieldKind.Text);
            return true;
        }

        var lower = open.Batch.ReserveText(text.Length);
        for (var i = 0; i < text.Length; i++)
            lower[i] = text[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(text[i] | 0x20) : text[i];
        open.Add(target, open.Batch.CommitText(text.Length), text.Length, FieldKind.Text);
        return true;
    }

    private static bool TryLookUp(OpenEvent open, CompiledRule rule, ReadOnlySpan<byte> text, BatchTexts texts)
    {
        var found = rule.Otherwise;
        foreach (var (value, fixedText) in rule.Values)
        {
            if (Ascii.EqualsIgnoreCase(value, text))
            {
                found = fixedText;
                break;
            }
        }

        if (found < 0)
            return false;
        var (start, length) = texts.Place(open.Batch, found);
        open.Add(rule.Target, start, length, FieldKind.Text);
        return true;
    }

    /// <summary>One algorithm's value in <c>SHA1=…,MD5=…</c>, in any order.</summary>
    private static bool TryAddHash(OpenEvent open, CompiledRule rule, in FieldSlot slot, ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length)
        {
            var comma = text[at..].IndexOf((byte)',');
            var part = comma < 0 ? text[at..] : text.Slice(at, comma);
            var equals = part.IndexOf((byte)'=');
            if (equals > 0 && Ascii.EqualsIgnoreCase(part[..equals], rule.Algorithm))
                return TryAddPart(open, rule.Target, slot, at + equals + 1, at + part.Length);
            at += part.Length + 1;
        }

        return false;
    }

    private static void Join(OpenEvent open, CompiledRule rule)
    {
        if (!open.TryGet(rule.Sources[0], out var first) || !open.TryGet(rule.Sources[1], out var second))
            return;
        var length = first.Length + 1 + second.Length;
        var text = open.Batch.ReserveText(length);
        open.Batch.TextOf(first).CopyTo(text);
        text[first.Length] = (byte)'\\';
        open.Batch.TextOf(second).CopyTo(text[(first.Length + 1)..]);
        open.Add(rule.Target, open.Batch.CommitText(length), length, FieldKind.Text);
    }

    private static void WriteRegistryPath(OpenEvent open, CompiledRule rule)
    {
        if (!open.TryGetText(rule.Sources[0], out var key))
            return;
        open.TryGetText(rule.Sources[1], out var value);
        var hive = key switch
        {
            _ when key.StartsWith(@"\REGISTRY\MACHINE"u8) => "HKLM"u8,
            _ when key.StartsWith(@"\REGISTRY\USER"u8) => "HKU"u8,
            _ => default,
        };
        if (!hive.IsEmpty)
        {
            // The rest starts behind the second name: \REGISTRY\MACHINE.
            var end = key[@"\REGISTRY\".Length..].IndexOf((byte)'\\');
            key = end < 0 ? [] : key[(@"\REGISTRY\".Length + end)..];
        }

        var length = hive.Length + key.Length + (value.IsEmpty ? 0 : value.Length + 1);
        var text = open.Batch.ReserveText(length);
        hive.CopyTo(text);
        key.CopyTo(text[hive.Length..]);
        if (!value.IsEmpty)
        {
            text[hive.Length + key.Length] = (byte)'\\';
            value.CopyTo(text[(hive.Length + key.Length + 1)..]);
        }

        open.Add(rule.Target, open.Batch.CommitText(length), length, FieldKind.Text);
    }
}
