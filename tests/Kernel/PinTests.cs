namespace McpSecurity.Kernel.Tests;

/// <summary>Numbers that are stored or sent. A change here needs a migration, not a new expectation.</summary>
public class PinTests
{
    [Fact]
    public void Severities_keep_their_numbers() =>
        Assert.Equal(
            ["Informational=1", "Low=2", "Medium=3", "High=4", "Critical=5"],
            Enum.GetValues<Severity>().Select(level => $"{level}={(int)level}"));

    [Fact]
    public void The_default_tenant_keeps_its_id()
    {
        Assert.Equal("00000000-0000-7000-8000-000000000001", TenantId.Default.ToString());
        Assert.NotEqual(default, TenantId.Default);
    }
}
