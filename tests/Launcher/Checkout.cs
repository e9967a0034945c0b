using System.Diagnostics;

namespace McpSecurity.Launcher.Tests;

/// <summary>
/// A small checkout with the real launcher and a <c>dotnet</c> of ours on the PATH, whose "build" writes a shell script
/// as the program. So each case takes milliseconds, and a build can be held up at will: it reads the named pipe
/// <c>gate</c> to its end when there is one.
/// </summary>
public sealed class Checkout : IDisposable
{
    private const string Dotnet = """
        #!/bin/bash
        case $1 in
        --version) [ -z "$FAKE_NO_SDK" ] || exit 1; echo 10.0.401 ;;
        --list-sdks) echo "8.0.100 [/somewhere/sdk]" ;;
        --list-runtimes) echo "Microsoft.AspNetCore.App 10.0.12 [/somewhere/dotnet/shared/Microsoft.AspNetCore.App]" ;;
        build)
            root=${2%/src/Host/*}
            for argument in "$@"; do
                case $argument in -p:ArtifactsPath=*) artifacts=${argument#-p:ArtifactsPath=} ;; esac
            done
            echo "$@" >>"$root/builds.log"
            : >&9 && echo "lock descriptor is open" >>"$root/builds.log"
            echo "talk of the build"
            [ ! -p "$root/gate" ] || { echo started >"$root/started"; read -r line <"$root/gate"; }
            [ ! -e "$root/src/Host/broken" ] || exit 1
            mkdir -p "$artifacts/bin/McpSecurity.Host/release" "$artifacts/obj"
            cp "$root/src/Host/Program.cs" "$artifacts/bin/McpSecurity.Host/release/mcpsec"
            chmod +x "$artifacts/bin/McpSecurity.Host/release/mcpsec"
            ;;
        esac 2>/dev/null
        """;

    public Checkout()
    {
        Root = Path.Combine(Directory.CreateTempSubdirectory("launcher").FullName, "a checkout");
        Tools = Path.Combine(Root, "tools");
        Directory.CreateDirectory(Path.Combine(Root, "src", "Host"));
        Directory.CreateDirectory(Path.Combine(Root, "migrations"));
        Directory.CreateDirectory(Tools);
        File.Copy(Path.Combine(FindRepository(), "mcpsec"), Launcher);
        File.WriteAllText(Path.Combine(Root, "global.json"), "{}");
        WriteTool("dotnet", Dotnet);
        WriteTool("node", "#!/bin/sh\necho v20.1.0\n");
        WriteTool("npm", "#!/bin/sh\n");
        WriteProgram("one");
    }

    public string Root { get; }

    public string Tools { get; }

    public string Launcher => Path.Combine(Root, "mcpsec");

    /// <summary>One line a build: what dotnet was called with.</summary>
    public IReadOnlyList<string> Builds =>
        File.Exists(Path.Combine(Root, "builds.log")) ? File.ReadAllLines(Path.Combine(Root, "builds.log")) : [];

    public IReadOnlyList<string> BuildFolders =>
        Directory.GetDirectories(Path.Combine(Root, "artifacts", "launcher", "builds")).Select(path => Path.GetFileName(path)!).Order().ToList();

    /// <summary>The "source": a script that says its name, its arguments, its pid and what it reads.</summary>
    public void WriteProgram(string name) => WriteSource("src/Host/Program.cs", $"""
        #!/bin/sh
        echo "{name} [$*] in $PWD, pid $$"
        cat
        """);

    /// <summary>Writes a file; after a build it is surely newer than that, whatever the grain of the clock.</summary>
    public void WriteSource(string path, string text)
    {
        var file = Path.Combine(Root, path);
        File.WriteAllText(file, text);
        if (Builds.Count > 0)
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(10));
    }

    public void WriteTool(string name, string script)
    {
        var path = Path.Combine(Tools, name);
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The next build will stop half-way.</summary>
    public void HoldNextBuild()
    {
        Run("mkfifo", Path.Combine(Root, "gate"));
        Run("mkfifo", Path.Combine(Root, "started"));
    }

    /// <summary>Returns once the held build has come half-way; it goes on when the result is disposed of. Others are not held.</summary>
    public IDisposable WaitForHeldBuild()
    {
        var (gate, started) = (Path.Combine(Root, "gate"), Path.Combine(Root, "started"));
        File.ReadAllText(started);
        var writer = File.OpenWrite(gate);
        File.Delete(gate);
        File.Delete(started);
        return writer;
    }

    public RunningLauncher Start(
        string? launcher = null,
        string? directory = null,
        string path = "/usr/bin:/bin",
        string[]? arguments = null,
        params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(launcher ?? Launcher, arguments ?? ["say", "two words"])
        {
            WorkingDirectory = directory ?? Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{Tools}:{path}";
        start.Environment.Remove("MCPSEC_NO_BUILD");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new RunningLauncher(Process.Start(start)!);
    }

    public Outcome RunToEnd(params (string Name, string Value)[] environment)
    {
        using var launcher = Start(environment: environment);
        return launcher.Finish();
    }

    public static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Root)!, recursive: true);

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}

public sealed record Outcome(int ExitCode, string Output, string Talk);

public sealed class RunningLauncher(Process process) : IDisposable
{
    private readonly Task<string> _talk = process.StandardError.ReadToEndAsync();

    public int Id => process.Id;

    /// <summary>Writes a line and returns the next one that the program writes.</summary>
    public string? Echo(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine();
    }

    public Outcome Finish(string input = "")
    {
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, _talk.GetAwaiter().GetResult());
    }

    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose() => process.Dispose();
}
