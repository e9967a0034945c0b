using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// Who runs the server: the host's own account, or for a root host somebody without rights. <c>HasEntry</c> says
/// whether a passwd entry names the uid; initdb refuses one without, the server does not.
/// </summary>
internal sealed record PostgresAccount(uint Uid, uint Gid, bool HasEntry)
{
    /// <summary>Kernel's and distributions' "nobody", for a machine whose passwd file does not name it.</summary>
    private const uint OverflowId = 65534;

    public bool IsHost => Uid == Native.EffectiveUserId();

    /// <summary>
    /// An existing cluster decides by its owner; a new one is made for the host itself, or by
    /// root for <paramref name="preferred"/>.
    /// </summary>
    public static Result<PostgresAccount> Resolve(string clusterDirectory, string preferred)
    {
        var self = Native.EffectiveUserId();
        if (Native.Facts(clusterDirectory, followLinks: false) is { } facts)
        {
            if (self != 0 && facts.Uid != self)
                return PostgresFailures.DirectoryOwnedByAnother(clusterDirectory, facts.Uid, self);
            if (facts.Uid == 0)
                return PostgresFailures.DirectoryOwnedByRoot(clusterDirectory, preferred);
            return new PostgresAccount(
                facts.Uid, self == 0 ? facts.Gid : Native.EffectiveGroupId(), Native.HasAccount(facts.Uid));
        }

        if (self != 0)
            return new PostgresAccount(self, Native.EffectiveGroupId(), Native.HasAccount(self));
        var (uid, gid) = Native.FindAccount(preferred) ?? (OverflowId, OverflowId);
        return new PostgresAccount(uid, gid, Native.HasAccount(uid));
    }

    /// <summary>Gives a fresh file or folder to the account; nothing to do when the host is the account.</summary>
    public void Own(string path)
    {
        if (!IsHost && Native.ChangeOwner(path, Uid, Gid) != 0)
            throw new IOException($"chown {path}: {Native.LastError()}");
    }

    /// <summary>
    /// Whether the account may enter every folder above <paramref name="path"/> and read and execute it.
    /// </summary>
    public bool CanReach(string path)
    {
        if (IsHost)
            return true;
        for (var current = path; current is not null; current = Path.GetDirectoryName(current))
        {
            if (Native.Facts(current) is not { } facts || !Allows(facts))
                return false;
        }

        return true;
    }

    private bool Allows(FileFacts facts)
    {
        var shift = facts.Uid == Uid ? 6 : facts.Gid == Gid ? 3 : 0;
        var bits = facts.Permissions >> shift;
        return (bits & 1) != 0;
    }
}
