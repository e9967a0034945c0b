namespace McpSecurity.Pipeline.Tests;

public class FieldNamesTests
{
    private readonly FieldNames _names = new(64);

    [Theory]
    [InlineData("CommandLine", "commandline")]
    [InlineData("CommandLine", "COMMANDLINE")]
    [InlineData("Threat Name", "ThreatName")]
    [InlineData("Source-Name", "source name")]
    [InlineData("process.command_line", "Process.Command_Line")]
    [InlineData("@timestamp", "@Timestamp")]
    [InlineData("Größe", "gRÖSSE", false)]
    [InlineData("Größe", "gRÖßE")]
    [InlineData("a.b", "ab", false)]
    [InlineData("a_b", "ab", false)]
    [InlineData("@a", "a", false)]
    public void Names_are_the_same_without_case_and_punctuation(string first, string second, bool same = true)
    {
        var id = _names.Intern(first);

        Assert.Equal(same, _names.Intern(second) == id);
        Assert.Equal(first, _names.NameOf(id));
    }

    [Fact]
    public void Asking_for_a_name_never_adds_it()
    {
        Assert.False(_names.TryFind("Image", out var missing));
        Assert.True(missing.IsNone);
        Assert.Equal(0, _names.Count);

        var id = _names.Intern("Image");
        Assert.True(_names.TryFind("image", out var found));
        Assert.Equal(id, found);
        Assert.False(id.IsNone);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" -/()")]
    public void A_name_with_nothing_in_it_is_refused_and_counted(string name)
    {
        Assert.True(_names.Intern(name).IsNone);
        Assert.Equal(1, _names.Refused);
        Assert.Equal(0, _names.Count);
    }

    [Fact]
    public void A_name_may_be_exactly_as_long_as_the_limit()
    {
        Assert.False(_names.Intern(new string('a', FieldTable.MaxNameLength)).IsNone);
        Assert.True(_names.Intern(new string('b', FieldTable.MaxNameLength + 1)).IsNone);
        Assert.True(_names.Intern(new string('c', 1_000_000)).IsNone);
        Assert.Equal(2, _names.Refused);
    }

    [Fact]
    public void A_full_table_refuses_new_names_and_keeps_the_old_ones()
    {
        for (var i = 1; i < 64; i++)
            Assert.Equal(i, _names.Intern($"field{i}").Value);

        Assert.True(_names.Intern("one.too.many").IsNone);
        Assert.Equal(63, _names.Count);
        Assert.Equal(1, _names.Refused);
        Assert.Equal(17, _names.Intern("FIELD17").Value);
        Assert.Equal("field63", _names.NameOf(new FieldId(63)));
        Assert.Equal(string.Empty, _names.NameOf(FieldId.None));
    }

    [Fact]
    public void Threads_that_meet_over_the_same_names_agree_on_every_id()
    {
        const int Rounds = 400;
        const int NamesPerRound = 200;
        var tables = Enumerable.Range(0, Rounds).Select(_ => new FieldNames(1_024)).ToArray();
        var seen = new FieldId[4][];
        using var start = new Barrier(seen.Length);
        var threads = seen.Select((_, thread) => new Thread(() =>
        {
            var ids = seen[thread] = new FieldId[Rounds * NamesPerRound];
            for (var round = 0; round < Rounds; round++)
            {
                // All begin each empty table at the same moment, so that they race for every name.
                start.SignalAndWait();
                for (var i = 0; i < NamesPerRound; i++)
                    ids[round * NamesPerRound + i] = tables[round].Intern($"f.{i}");
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.All(seen, ids => Assert.Equal(seen[0], ids));
        Assert.All(tables, table => Assert.Equal((NamesPerRound, 0), (table.Count, table.Refused)));
        for (var i = 0; i < NamesPerRound; i++)
            Assert.Equal($"f.{i}", tables[0].NameOf(seen[0][i]));
    }

    [Fact]
    public void The_table_of_the_process_reads_UTF8()
    {
        Assert.Equal(FieldTable.Intern("Prozeß Größe"), FieldTable.Intern("prozeßgröße"u8));
        Assert.Equal("Prozeß Größe", FieldTable.NameOf(FieldTable.Intern("prozeß größe"u8)));
    }
}
