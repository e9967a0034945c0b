using McpSecurity.Architecture.Tests.Model;

namespace McpSecurity.Architecture.Tests;

public class CallReaderTests
{
    [Fact]
    public void Calls_behind_a_jump_table_are_found()
    {
        var planted = Repository.Planted.Projects.Single(project => project.Name == "Planted.Beta.Engine");
        var compiler = Repository.Planted.AssemblyOf(planted).Types.Single(type => type.Name == "Compiler");

        Assert.Contains("System.String.Join", compiler.Calls);
        Assert.Contains("System.Linq.Enumerable.Min", compiler.Calls);
    }
}
