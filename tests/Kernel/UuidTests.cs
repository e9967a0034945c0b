using System.Text;

namespace McpSecurity.Kernel.Tests;

public class UuidTests
{
    private static readonly Guid Dns = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    private static readonly Guid Rule = new("5f113a8f-8b61-41ca-b90f-d374fa7e4a39");

    [Fact]
    public void Version_5_gives_the_example_of_RFC_9562_appendix_A_4()
    {
        var expected = new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2");

        Assert.Equal(expected, Uuid.FromName(Dns, "www.example.com"));
        Assert.Equal(expected, Uuid.FromName(Dns, Encoding.UTF8.GetBytes("www.example.com")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("größe")]
    [InlineData("a name that is quite a bit longer than one block of the hash function, which has sixty-four bytes")]
    public void Version_5_always_says_its_version_and_variant(string name)
    {
        var id = Uuid.FromName(Dns, name);

        Assert.Equal(5, id.Version);
        Assert.Equal(8, id.Variant & 0xC);
    }

    [Fact]
    public void Version_7_orders_by_time()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var earlier = Uuid.New(now);
        var later = Uuid.New(now.AddMilliseconds(1));

        Assert.Equal(7, earlier.Version);
        Assert.True(string.CompareOrdinal(earlier.ToString(), later.ToString()) < 0);
    }

    /// <summary>Computed apart with Python's hashlib over the big-endian bytes.</summary>
    [Fact]
    public void A_finding_keeps_its_id_for_ever() =>
        Assert.Equal(
            new Guid("4497c486-607e-55f7-8714-fd2ba8a26f4c"),
            Uuid.OfFinding(TenantId.Default, Rule, version: 3, sequence: 1_234_567_890_123));

    [Fact]
    public void Each_part_of_a_finding_changes_its_id()
    {
        var other = new TenantId(new Guid("00000000-0000-7000-8000-000000000002"));
        Guid[] ids =
        [
            Uuid.OfFinding(TenantId.Default, Rule, 1, 1),
            Uuid.OfFinding(other, Rule, 1, 1),
            Uuid.OfFinding(TenantId.Default, Dns, 1, 1),
            Uuid.OfFinding(TenantId.Default, Rule, 2, 1),
            Uuid.OfFinding(TenantId.Default, Rule, 1, 2),
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
