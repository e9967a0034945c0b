using System.IO.Compression;
using System.Text;
using McpSecurity.Correlation.Engine;
using McpSecurity.Correlation.Tests.Engine.Support;
using McpSecurity.Testing;

namespace McpSecurity.Correlation.Tests.Engine;

public sealed class RulePackTests : IDisposable
{
    private static readonly byte[] Rule = Encoding.UTF8.GetBytes(Sigma.Rule("a:\n    A: x\ncondition: a"));

    private readonly ScratchFolder _folder = new("packs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_gives_its_rule_files_in_ordinal_order_as_they_are_called()
    {
        Write("b.yml", Rule);
        Write("a/z.YAML", Rule);
        Write("B.yml", Rule);
        Write("a/readme.md", Rule);
        Write("c.yml.gz", Gzip(Rule));
        var pack = RulePack.Read([_folder.Path]);
        Assert.Equal(["B.yml", "a/z.YAML", "b.yml", "c.yml.gz"], pack.Files.Select(file => Path.GetRelativePath(_folder.Path, file.Path)));
        Assert.All(pack.Files, file => Assert.Equal(Rule, file.Text.ToArray()));
        Assert.Empty(pack.Diagnostics);
    }

    [Fact]
    public void A_file_given_twice_is_one_file()
    {
        Write("a.yml", Rule);
        Assert.Single(RulePack.Read([_folder.Path, Path.Combine(_folder.Path, "a.yml")]).Files);
    }

    [Fact]
    public void A_file_named_directly_is_read_whatever_its_name()
    {
        Write("rule.txt", Rule);
        Assert.Single(RulePack.Read([Path.Combine(_folder.Path, "rule.txt")]).Files);
    }

    [Fact]
    public void Links_to_files_are_followed_and_links_to_folders_are_not()
    {
        Write("real/a.yml", Rule);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link.yml"), Path.Combine(_folder.Path, "real", "a.yml"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "loop"), _folder.Path);
        Assert.Equal(2, RulePack.Read([_folder.Path]).Files.Count);
    }

    [Fact]
    public void What_is_not_there_is_a_diagnostic()
    {
        var compilation = RuleSetCompiler.Compile(RulePack.Read([Path.Combine(_folder.Path, "missing.yml")]));
        Assert.Equal("RULE_FILE_UNREADABLE", Assert.Single(compilation.Errors).Code);
        Assert.Equal((1, 1, 0), (compilation.FileCount, compilation.DocumentCount, compilation.CompiledCount));
    }

    [Fact]
    public void A_zip_archive_is_recognized_by_content_and_gives_its_members()
    {
        Write("pack.bin", Zip(("b.yml", Rule), ("../../etc/a.yml", Rule), ("readme.txt", Rule)));
        var path = Path.Combine(_folder.Path, "pack.bin");
        Assert.Equal([$"{path}!../../etc/a.yml", $"{path}!b.yml"], RulePack.Read([path]).Files.Select(file => file.Path));
    }

    [Fact]
    public void A_member_that_stands_twice_in_an_archive_is_read_once() =>
        Assert.Single(RulePack.ReadArchive(Zip(("a.yml", Rule), ("a.yml", Rule)), "pack").Files);

    [Fact]
    public void A_damaged_archive_is_a_diagnostic()
    {
        var archive = Zip(("a.yml", Rule), ("b.yml", Rule));
        Assert.Equal("RULE_ARCHIVE_INVALID", Assert.Single(RulePack.ReadArchive(archive.AsMemory(0, archive.Length / 2), "pack").Diagnostics).Code);
    }

    [Fact]
    public void A_member_that_expands_without_measure_is_refused_and_the_others_are_read()
    {
        var pack = RulePack.ReadArchive(
            Zip(("bomb.yml", new byte[64 * 1024 * 1024]), ("small-bomb.yml", new byte[900_000]), ("sound.yml", Rule)), "pack");
        Assert.Equal(
            ["RULE_FILE_TOO_LARGE pack!bomb.yml", "RULE_ARCHIVE_LIMIT pack!small-bomb.yml"],
            pack.Diagnostics.Select(diagnostic => $"{diagnostic.Code} {diagnostic.File}"));
        Assert.Equal("pack!sound.yml", Assert.Single(pack.Files).Path);
    }

    [Fact]
    public void A_gzip_bomb_is_refused()
    {
        Write("bomb.yml.gz", Gzip(new byte[64 * 1024 * 1024]));
        Assert.Equal("RULE_FILE_TOO_LARGE", Assert.Single(RulePack.Read([_folder.Path]).Diagnostics).Code);
    }

    [Fact]
    public void A_pack_of_too_many_files_is_cut_with_a_diagnostic()
    {
        var members = Enumerable.Range(0, RuleLimits.PackFiles + 10).Select(number => ($"{number}.yml", "x"u8.ToArray())).ToArray();
        var pack = RulePack.ReadArchive(Zip(members), "pack");
        Assert.Equal(RuleLimits.PackFiles, pack.Files.Count);
        Assert.Equal("RULE_PACK_TOO_LARGE", Assert.Single(pack.Diagnostics).Code);
    }

    private void Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(content);
        return output.ToArray();
    }

    private static byte[] Zip(params ReadOnlySpan<(string Name, byte[] Content)> members)
    {
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in members)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(content);
            }
        }

        return output.ToArray();
    }
}
