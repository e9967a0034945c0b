namespace McpSecurity.Launcher.Tests;

public sealed class LauncherTests : IDisposable
{
    private readonly Checkout _checkout = new();

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public void It_builds_once_and_is_silent_afterwards()
    {
        var first = _checkout.RunToEnd();
        var second = _checkout.RunToEnd();

        Assert.StartsWith("one [say two words] in ", first.Output, StringComparison.Ordinal);
        Assert.Contains("talk of the build", first.Talk, StringComparison.Ordinal);
        Assert.Equal(string.Empty, second.Talk);
        Assert.Single(_checkout.Builds);
    }

    [Theory]
    [InlineData("src/Host/Another.cs")]
    [InlineData("migrations/0001_x.sql")]
    [InlineData("global.json")]
    [InlineData("Directory.Build.props")]
    public void A_newer_source_makes_it_build_again(string path)
    {
        _checkout.RunToEnd();
        _checkout.WriteSource(path, "changed");
        _checkout.RunToEnd();

        Assert.Equal(2, _checkout.Builds.Count);
    }

    [Fact]
    public void What_no_program_is_made_of_does_not_make_it_build()
    {
        _checkout.RunToEnd();
        _checkout.WriteSource("README.md", "changed");
        _checkout.WriteSource("src/Host/packages.lock.json", "changed");
        // The folder got new entries, and its time stamp says so; only the files matter here.
        Directory.SetLastWriteTimeUtc(Path.Combine(_checkout.Root, "src", "Host"), DateTime.UnixEpoch);
        _checkout.RunToEnd();

        Assert.Single(_checkout.Builds);
    }

    [Fact]
    public void A_deleted_source_makes_it_build_again()
    {
        _checkout.WriteSource("src/Host/Old.cs", "old");
        _checkout.RunToEnd();
        var folder = Path.Combine(_checkout.Root, "src", "Host");
        File.Delete(Path.Combine(folder, "Old.cs"));
        Directory.SetLastWriteTimeUtc(folder, Directory.GetLastWriteTimeUtc(folder).AddSeconds(1));
        _checkout.RunToEnd();

        Assert.Equal(2, _checkout.Builds.Count);
    }

    [Fact]
    public void It_becomes_the_program_with_its_own_pid_and_input_and_the_callers_folder()
    {
        using var launcher = _checkout.Start(directory: "/");
        var outcome = launcher.Finish("three\nlines\nof input\n");

        Assert.Equal($"one [say two words] in /, pid {launcher.Id}\nthree\nlines\nof input\n", outcome.Output);
        Assert.Equal(0, outcome.ExitCode);
    }

    [Fact]
    public void It_works_through_links_from_elsewhere()
    {
        var links = Directory.CreateDirectory(Path.Combine(_checkout.Root, "some links"));
        File.CreateSymbolicLink(Path.Combine(links.FullName, "relative"), "../mcpsec");
        File.CreateSymbolicLink(Path.Combine(links.FullName, "linked"), Path.Combine(links.FullName, "relative"));
        using var launcher = _checkout.Start(Path.Combine(links.FullName, "linked"), "/tmp");

        Assert.StartsWith("one [say two words] in /tmp", launcher.Finish().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rebuild_leaves_the_files_of_a_running_program_alone_and_old_ones_go()
    {
        // A real executable, so that the kernel knows where the running program lies.
        File.Copy("/usr/bin/cat", Path.Combine(_checkout.Root, "src", "Host", "Program.cs"), overwrite: true);
        using var running = _checkout.Start(arguments: []);
        Assert.Equal("first", running.Echo("first"));
        var used = Assert.Single(_checkout.BuildFolders);
        for (var i = 0; i < 6; i++)
        {
            _checkout.WriteProgram($"later {i}");
            Assert.StartsWith($"later {i}", _checkout.RunToEnd().Output, StringComparison.Ordinal);
        }

        Assert.Contains(used, _checkout.BuildFolders);
        Assert.InRange(_checkout.BuildFolders.Count, 3, 4);
        Assert.Equal("last", running.Echo("last"));

        running.Finish();
        _checkout.WriteProgram("the end");
        _checkout.RunToEnd();
        Assert.DoesNotContain(used, _checkout.BuildFolders);
    }

    [Fact]
    public void Two_started_at_once_build_once()
    {
        _checkout.HoldNextBuild();
        using var first = _checkout.Start();
        var held = _checkout.WaitForHeldBuild();
        using var second = _checkout.Start();
        held.Dispose();

        Assert.StartsWith("one", first.Finish().Output, StringComparison.Ordinal);
        Assert.StartsWith("one", second.Finish().Output, StringComparison.Ordinal);
        Assert.Single(_checkout.Builds);
    }

    [Fact]
    public void A_launcher_that_was_killed_leaves_no_lock_and_its_build_is_redone_from_nothing()
    {
        var artifacts = Path.Combine(_checkout.Root, "artifacts", "launcher");
        _checkout.HoldNextBuild();
        using var killed = _checkout.Start();
        using (_checkout.WaitForHeldBuild())
        {
            killed.Kill();
            Directory.CreateDirectory(Path.Combine(artifacts, "obj"));
            File.WriteAllText(Path.Combine(artifacts, "obj", "half"), "an assembly");
        }

        var next = _checkout.RunToEnd();

        Assert.StartsWith("one", next.Output, StringComparison.Ordinal);
        Assert.Contains("interrupted", next.Talk, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(artifacts, "obj", "half")));
    }

    [Fact]
    public void An_edit_during_the_build_is_built_the_next_time()
    {
        var artifacts = Path.Combine(_checkout.Root, "artifacts", "launcher");
        _checkout.HoldNextBuild();
        using var first = _checkout.Start();
        using (_checkout.WaitForHeldBuild())
        {
            var begun = File.GetLastWriteTimeUtc(Assert.Single(Directory.GetFiles(artifacts, "stamp.*")));
            File.SetLastWriteTimeUtc(Path.Combine(_checkout.Root, "src", "Host", "Program.cs"), begun.AddMicroseconds(10));
        }

        first.Finish();
        _checkout.RunToEnd();

        Assert.Equal(2, _checkout.Builds.Count);
    }

    [Fact]
    public void The_build_holds_neither_the_lock_nor_build_nodes()
    {
        _checkout.RunToEnd();

        var build = Assert.Single(_checkout.Builds);
        Assert.Contains("-nodeReuse:false", build, StringComparison.Ordinal);
        Assert.Contains("-p:UseSharedCompilation=true", build, StringComparison.Ordinal);
        Assert.Contains("-p:SharedCompilationId=mcpsec-", build, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_build_runs_nothing_and_the_last_good_one_can_be_asked_for()
    {
        _checkout.RunToEnd();
        _checkout.WriteSource("src/Host/broken", "");
        var failed = _checkout.RunToEnd();
        var old = _checkout.RunToEnd(("MCPSEC_NO_BUILD", "1"));

        Assert.Equal((1, string.Empty), (failed.ExitCode, failed.Output));
        Assert.Contains("the build failed", failed.Talk, StringComparison.Ordinal);
        Assert.StartsWith("one", old.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, old.Talk);
    }

    [Fact]
    public void Without_any_build_nothing_can_be_run_when_building_is_forbidden()
    {
        var outcome = _checkout.RunToEnd(("MCPSEC_NO_BUILD", "1"));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("nothing is built yet", outcome.Talk, StringComparison.Ordinal);
        Assert.Empty(_checkout.Builds);
    }

    [Theory]
    [InlineData("dotnet", null, "the .NET SDK is missing")]
    [InlineData("node", null, "'node' is missing")]
    [InlineData("npm", null, "'npm' is missing")]
    [InlineData("node", "#!/bin/sh\necho v18.19.0\n", "version 20 or newer is needed, found v18.19.0")]
    [InlineData("dotnet", "#!/bin/sh\n[ $1 = --list-sdks ] && echo '8.0.100 [/x]'\nexit 1\n", "is too old: version 10 (10.0.100 or a newer 10.x) is needed, found: 8.0.100")]
    public void A_missing_or_old_tool_is_named_with_what_is_needed(string tool, string? script, string message)
    {
        if (script is null)
            File.Delete(Path.Combine(_checkout.Tools, tool));
        else
            _checkout.WriteTool(tool, script);
        // Only what the launcher itself needs is on the PATH: a real dotnet or node must not stand in.
        foreach (var needed in (string[])["sh", "find", "readlink", "flock", "mkdir", "cut", "tr", "sed", "tail", "cat"])
            File.CreateSymbolicLink(Path.Combine(_checkout.Tools, needed), $"/usr/bin/{needed}");
        using var launcher = _checkout.Start(path: _checkout.Tools);
        var outcome = launcher.Finish();

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(message, outcome.Talk, StringComparison.Ordinal);
        Assert.Empty(_checkout.Builds);
    }
}
