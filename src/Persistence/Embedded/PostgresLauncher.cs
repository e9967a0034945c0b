using System.Globalization;

namespace McpSecurity.Persistence;

/// <summary>
/// The host's own program as the launcher of PostgreSQL: started again with <c>__exec ...</c> it leaves the terminal's
/// session, drops root, asks for the death signal and becomes the server. Main calls this before anything else.
/// </summary>
/// <remarks>
/// The order matters. <c>setsid</c> first, so that Ctrl-C at the terminal reaches the host alone. The data directory is
/// opened while the process may still traverse its parents, and handed over as <c>/proc/self/fd/N</c>. The death signal
/// comes after the change of user, which clears it. The parent is compared last: one that died before the signal was
/// asked for would never send it.
/// </remarks>
public static class PostgresLauncher
{
    internal const string Verb = "__exec";

    /// <summary>Stands in the program's arguments for the opened data directory.</summary>
    internal const string DataPlaceholder = "{data}";

    /// <summary>Exit code of a launcher that could not become the program; PostgreSQL itself uses 0 to 3.</summary>
    internal const int LaunchFailed = 111;

    /// <summary>
    /// False when <paramref name="args"/> are not for the launcher. Otherwise the process has become another program
    /// and this call does not return, or it failed: then true, with the reason on standard error.
    /// </summary>
    public static bool TryRun(string[] args, out int exitCode)
    {
        ArgumentNullException.ThrowIfNull(args);
        exitCode = 0;
        if (args.Length < 7 || args[0] != Verb)
            return false;
#pragma warning disable RS0030 // This process is the launcher and nothing else: its standard error is its only voice.
        Console.Error.WriteLine("launcher: " + Become(args));
#pragma warning restore RS0030
        exitCode = LaunchFailed;
        return true;
    }

    /// <summary>The arguments that <see cref="TryRun"/> takes apart.</summary>
    internal static string[] Arguments(PostgresAccount account, int deathSignal, string dataDirectory, string program,
        IEnumerable<string> arguments) =>
    [
        Verb,
        account.Uid.ToString(CultureInfo.InvariantCulture),
        account.Gid.ToString(CultureInfo.InvariantCulture),
        Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        deathSignal.ToString(CultureInfo.InvariantCulture),
        dataDirectory,
        program,
        .. arguments,
    ];

    /// <summary>Returns only when something failed: the sentence that says what.</summary>
    private static string Become(string[] args)
    {
        var uid = uint.Parse(args[1], CultureInfo.InvariantCulture);
        var gid = uint.Parse(args[2], CultureInfo.InvariantCulture);
        var parent = int.Parse(args[3], CultureInfo.InvariantCulture);
        var deathSignal = uint.Parse(args[4], CultureInfo.InvariantCulture);
        var program = args[6];

        if (Native.BeginSession() < 0)
            return Failed("setsid");
        // The .NET runtime ignores SIGPIPE and a shell's background job SIGINT; what is ignored or blocked stays so
        // in the next program.
        _ = Native.SetSignalHandler(Native.SignalPipe, 0);
        _ = Native.SetSignalHandler((int)deathSignal, 0);
        _ = Native.SetSignalMask(2, new byte[128], 0);
        _ = Native.SetFileModeMask(0x3F);
        if (Native.ChangeDirectory("/") != 0)
            return Failed("chdir /");

        CloseOthersOnExec();
        var data = Native.Open(args[5], Native.OpenDirectory, 0);
        if (data < 0)
            return Failed($"open {args[5]}");

        if (uid != Native.EffectiveUserId())
        {
            if (Native.SetGroups(0, 0) != 0)
                return Failed("setgroups");
            if (Native.SetGroupIds(gid, gid, gid) != 0)
                return Failed("setresgid");
            if (Native.SetUserIds(uid, uid, uid) != 0)
                return Failed("setresuid");
        }

        if (Native.ProcessControl(Native.SetParentDeathSignal, deathSignal, 0, 0, 0) != 0)
            return Failed("prctl PR_SET_PDEATHSIG");
        if (Native.ParentProcessId() != parent)
            return "the host is gone";

        var path = "/proc/self/fd/" + data.ToString(CultureInfo.InvariantCulture);
        string?[] argv = [program,
            .. args[7..].Select(argument => argument.Replace(DataPlaceholder, path, StringComparison.Ordinal)), null];
        // Nothing of the host's environment: it may hold tokens, and the server's account may read its own.
        string?[] environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", null];
        _ = Native.Execute(program, argv, environment);
        return Failed($"execve {program}");
    }

    private static void CloseOthersOnExec()
    {
        foreach (var entry in Directory.GetFiles("/proc/self/fd"))
        {
            var descriptor = int.Parse(Path.GetFileName(entry), CultureInfo.InvariantCulture);
            if (descriptor > 2 && Native.DescriptorControl(
                descriptor, Native.GetDescriptorFlags, 0) is >= 0 and var flags)
                _ = Native.DescriptorControl(descriptor, Native.SetDescriptorFlags, flags | Native.CloseOnExec);
        }
    }

    private static string Failed(string call) => $"{call}: {Native.LastError()}";
}
