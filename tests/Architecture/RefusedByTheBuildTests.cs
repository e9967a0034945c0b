using System.Diagnostics;
using System.Text.RegularExpressions;
using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests;

/// <summary>The seams and the banned symbols as the build sees them: one build over the planted projects.</summary>
public sealed partial class RefusedByTheBuildTests(RefusedByTheBuildTests.Build build)
    : IClassFixture<RefusedByTheBuildTests.Build>
{
    [Theory]
    [InlineData("Refused.Alpha", "SEAM0001", "Refused.Alpha references Refused.Beta: a module uses")]
    [InlineData("Refused.Gamma", "SEAM0001", "modules/Gamma/Elsewhere: a module consists of")]
    [InlineData("Refused.Alpha.Contracts", "SEAM0002", "Refused.Alpha.Contracts references Refused.Pipeline: ")]
    [InlineData("Refused.Alpha.Engine", "SEAM0003", "Refused.Alpha.Engine references Refused.Http: ")]
    [InlineData("Refused.Beta.Engine", "SEAM0003", "Refused.Beta.Engine references Microsoft.AspNetCore.App: ")]
    [InlineData("Refused.Pipeline", "SEAM0004", "Refused.Pipeline references Refused.Http: ")]
    [InlineData("Refused.Streams", "SEAM0004", "Refused.Streams references Serilog: ")]
    [InlineData("Refused.Unlisted", "SEAM0004", "needs a row in the layer table")]
    [InlineData("Refused.Wasm", "RS0030", "'DateTime.Now' is banned")]
    public void A_violation_is_an_error_with_its_code_that_names_both_sides(string project, string code, string says)
    {
        var error = Assert.Single(build.Errors, error => error.Project == project);

        Assert.Equal(code, error.Code);
        Assert.Contains(says, error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Refused.Kernel")]
    [InlineData("Refused.Http")]
    [InlineData("Refused.Modules")]
    [InlineData("Refused.Beta")]
    [InlineData("Refused.Beta.Contracts")]
    public void What_the_table_allows_is_not_refused(string project) =>
        Assert.DoesNotContain(build.Errors, error => error.Project == project);

    public sealed record BuildError(string Project, string Code, string Text);

    public sealed partial class Build
    {
        public Build()
        {
            var folder = Path.Combine(Repository.PlantedFolder, "Refused");
            using var process = Process.Start(new ProcessStartInfo("dotnet")
            {
                ArgumentList = { "msbuild", "refused.proj", "-nologo", "-v:quiet", "-nodeReuse:false", "-m:1" },
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
            })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Errors = ErrorLine().Matches(output)
                .Select(match => match.Groups)
                .Select(groups => new BuildError(groups["project"].Value, groups["code"].Value, groups["text"].Value))
                .Distinct().ToList();
            Assert.True(Errors.Count > 0, output);
        }

        public IReadOnlyList<BuildError> Errors { get; }

        [GeneratedRegex(@": error (?<code>[A-Z]+\d+): (?<text>.+) \[.*/(?<project>[\w.]+)\.csproj\]")]
        private static partial Regex ErrorLine();
    }
}
