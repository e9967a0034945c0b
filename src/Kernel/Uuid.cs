using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace McpSecurity.Kernel;

/// <summary>Identifiers as RFC 9562 has them: version 7 (time-ordered) for new things, version 5 (by name) where the same facts must give the same id.</summary>
public static class Uuid
{
    /// <summary>A new version 7 UUID for the given instant.</summary>
    public static Guid New(DateTimeOffset now) => Guid.CreateVersion7(now);

    /// <summary>The version 5 UUID of <paramref name="name"/> in <paramref name="space"/> (RFC 9562 section 5.5).</summary>
    public static Guid FromName(Guid space, string name) => FromName(space, Encoding.UTF8.GetBytes(name));

    /// <inheritdoc cref="FromName(Guid, string)"/>
    public static Guid FromName(Guid space, ReadOnlySpan<byte> name)
    {
        var input = new byte[16 + name.Length];
        space.TryWriteBytes(input, bigEndian: true, out _);
        name.CopyTo(input.AsSpan(16));
        Span<byte> hash = stackalloc byte[20];
#pragma warning disable CA5350 // SHA-1 is what version 5 is defined with; it is a name, not a secret.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>The id of one finding: version 5 of (tenant, rule, version, event sequence).</summary>
    public static Guid OfFinding(TenantId tenant, Guid rule, int version, long sequence)
    {
        Span<byte> name = stackalloc byte[28];
        rule.TryWriteBytes(name, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(name[16..], version);
        BinaryPrimitives.WriteInt64BigEndian(name[20..], sequence);
        return FromName(tenant.Value, name);
    }
}
