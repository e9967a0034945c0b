using System.IO.Compression;
using McpSecurity.Ingestion.Engine.Framing;

namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>
/// One coded part of a block. The first byte says how: 1 plain, 2 Brotli with the plain length before it. Other values
/// are for later versions.
/// </summary>
internal static class Chunk
{
    private const byte Plain = 1;
    private const byte Brotli = 2;

    /// <summary>Measured (docs/adr): quality 1 is within a tenth of zstd 1, and needs no native library.</summary>
    private const int Quality = 1;
    private const int Window = 22;

    /// <summary>Appends the part, compressed if that is smaller.</summary>
    public static void Write(PooledBuffer output, ReadOnlySpan<byte> plain)
    {
        var start = output.Length;
        var bound = BrotliEncoder.GetMaxCompressedLength(plain.Length);
        output.GetSpan(bound + 16)[0] = Brotli;
        output.Advance(1);
        output.WriteNumber((ulong)plain.Length);
        if (BrotliEncoder.TryCompress(plain, output.GetSpan(bound), out var length, Quality, Window)
            && output.Length - start + length < plain.Length + 1)
        {
            output.Advance(length);
            return;
        }

        output.Truncate(start);
        output.Append([Plain]);
        output.Append(plain);
    }

    /// <summary>The plain bytes: a slice of the chunk, or of <paramref name="work"/>, which is overwritten.</summary>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> chunk, PooledBuffer work, int mostBytes, string part)
    {
        var reader = new ByteReader(chunk, part);
        switch (reader.ReadByte())
        {
            case Plain:
                return reader.Rest.Length <= mostBytes ? reader.Rest : throw reader.Corrupt("it is too large");
            case Brotli:
                var length = reader.ReadCount(mostBytes);
                work.Clear();
                if (!BrotliDecoder.TryDecompress(reader.Rest, work.GetSpan(length + 1), out var written) || written != length)
                    throw reader.Corrupt($"it does not decompress to its {length:N0} bytes");
                work.Advance(written);
                return work.Written;
            case var version:
                throw reader.Corrupt($"version {version} is not known here");
        }
    }
}
