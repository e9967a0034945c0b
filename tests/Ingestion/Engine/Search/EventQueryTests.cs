using System.Text;
using McpSecurity.Ingestion.Engine.Blocks;
using McpSecurity.Ingestion.Engine.Search;
using McpSecurity.Ingestion.Tests.Engine.Support;
using McpSecurity.Kernel;

namespace McpSecurity.Ingestion.Tests.Engine.Search;

public sealed class EventQueryTests
{
    private const string Event = """
        {"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"WS-01.corp.example",
         "UtcTime":"2025-01-02 03:04:05.678","Image":"C:\\Windows\\System32\\cmd.exe","User":"CORP\\Alice",
         "CommandLine":"cmd.exe /c \"net user\" Grüße\tx","Note":null,"tags":["red","dark blue"],"Level":4}
        """;

    [Theory]
    [InlineData("", true)]
    [InlineData("*", true)]
    [InlineData("cmd.exe", true)]
    [InlineData("CMD.EXE", true)]
    [InlineData("cmd", true)]
    [InlineData("md", false)]
    [InlineData("*md.exe", true)]
    [InlineData("net and user", true)]
    [InlineData("net AND user", true)]
    [InlineData("net user", true)]
    [InlineData("net && user", true)]
    [InlineData("\"net user\"", true)]
    [InlineData("\"user net\"", false)]
    [InlineData("net and nobody", false)]
    [InlineData("process.name:cmd.exe", true)]
    [InlineData("PROCESS.NAME:Cmd.Exe", true)]
    [InlineData("process.name:cm", false)]
    [InlineData("process.name:cm*", true)]
    [InlineData("process.name:*d.exe", true)]
    [InlineData("process.name:c*e", true)]
    [InlineData("process.name:c*x", false)]
    [InlineData("process.executable:C:\\Windows\\System32\\cmd.exe", true)]
    [InlineData("process.executable:System32", true)]
    [InlineData("process.executable:\\cmd.exe", true)]
    [InlineData("process.executable:System", false)]
    [InlineData("process.executable:\"windows\\\\system32\"", true)]
    [InlineData("Image:cmd.exe", true)]
    [InlineData("user.name:alice", true)]
    [InlineData("user.name:CORP", false)]
    [InlineData("User:corp", true)]
    [InlineData("host.name:ws-01.corp.example", true)]
    [InlineData("host.name:ws-01", true)]
    [InlineData("event.code:1", true)]
    [InlineData("EventID:11", false)]
    [InlineData("tags:red", true)]
    [InlineData("tags:blue", true)]
    [InlineData("tags:\"dark blue\"", true)]
    [InlineData("tags:\"red dark\"", false)]
    [InlineData("Note:*", false)]
    [InlineData("Level:*", true)]
    [InlineData("no.such.field:x", false)]
    [InlineData("no.such.field:*", false)]
    [InlineData("event.category:process and user.name:alice and net", true)]
    [InlineData("grüsse", false)]
    [InlineData("GRÜßE", true)]
    [InlineData("grü*", true)]
    [InlineData("grü", false)]
    [InlineData("\"*\"", false)]
    [InlineData("CommandLine:-c", false)]
    [InlineData("CommandLine:/c", true)]
    [InlineData("host.name:ws-01*example and CommandLine:*user*", true)]
    [InlineData("\"not\"", false)]
    [InlineData("nota", false)]
    public void A_query_finds_the_event_or_not(string query, bool expected)
    {
        using var decoded = Events.Decode(Event);
        var parsed = Parsed(query);
        Assert.Equal(expected, parsed.Matches(decoded.Batches[0], 0));
        if (!expected)
            return;
        // What matches is never pruned.
        using var writer = new BlockWriter();
        using var block = writer.Write(decoded.Batches[0]);
        Assert.True(parsed.MayMatch(block.TokenFilter.Span));
        Assert.True(parsed.MayMatch(BlockSummary.Read(block.Summary.Span)));
    }

    [Theory]
    [InlineData("a or b", "query.unsupported", 3)]
    [InlineData("or b", "query.unsupported", 1)]
    [InlineData("a || b", "query.unsupported", 3)]
    [InlineData("a and not b", "query.unsupported", 7)]
    [InlineData("NOT b", "query.unsupported", 1)]
    [InlineData("not(b)", "query.unsupported", 1)]
    [InlineData("a !b", "query.unsupported", 3)]
    [InlineData("-enc", "query.unsupported", 1)]
    [InlineData("(a b)", "query.unsupported", 1)]
    [InlineData("a and (b)", "query.unsupported", 7)]
    [InlineData("x:(a b)", "query.unsupported", 3)]
    [InlineData("\"a\") b", "query.unsupported", 4)]
    [InlineData("x:[1 TO 2]", "query.unsupported", 3)]
    [InlineData("x:>5", "query.unsupported", 3)]
    [InlineData("a | count", "query.unsupported", 3)]
    [InlineData("x:", "query.syntax", 3)]
    [InlineData("x: y", "query.syntax", 3)]
    [InlineData(":y", "query.syntax", 1)]
    [InlineData("a and", "query.syntax", 3)]
    [InlineData("and a", "query.syntax", 1)]
    [InlineData("a and and b", "query.syntax", 7)]
    [InlineData("x:\"a", "query.syntax", 3)]
    [InlineData("\"a\"b", "query.syntax", 4)]
    [InlineData("\"\"", "query.syntax", 1)]
    public void What_the_language_does_not_have_is_refused_with_its_column(string query, string code, int column)
    {
        Assert.False(EventQuery.Parse(query).Succeeded(out _, out var failure));
        Assert.Equal((FailureKind.Invalid, code), (failure.Kind, failure.Code));
        Assert.Equal($"column {column}", failure.Details.Single().Place);
        Assert.Contains($"(column {column})", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_is_bounded()
    {
        Assert.False(EventQuery.Parse(new string('a', 5_000)).Succeeded(out _, out var tooLong));
        Assert.Equal("query.syntax", tooLong.Code);
        Assert.False(EventQuery.Parse(string.Join(' ', Enumerable.Repeat("a", 65))).Succeeded(out _, out var tooMany));
        Assert.Equal("query.syntax", tooMany.Code);
    }

    [Theory]
    [InlineData("alpha", "alpha")]
    [InlineData("x:alpha.beta", "alpha beta")]
    [InlineData("alpha*", "")]
    [InlineData("*alpha", "")]
    [InlineData("alpha.beta*", "alpha")]
    [InlineData("*alpha.beta.gamma*", "beta")]
    [InlineData("a.b", "")]
    [InlineData("grüße alpha", "alpha")]
    [InlineData("alpha alpha", "alpha")]
    [InlineData("*", "")]
    public void Whole_words_of_a_query_are_what_a_block_must_have(string query, string words)
    {
        var expected = words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
        {
            Assert.True(TokenFilter.TryToken(Encoding.UTF8.GetBytes(word), out var token));
            return token;
        });
        Assert.Equal(expected, Parsed(query).RequiredTokens);
    }

    [Fact]
    public void A_block_without_the_word_or_the_value_is_pruned()
    {
        using var writer = new BlockWriter();
        using var decoded = Events.Decode(SysmonEvents.Lines(500));
        using var block = writer.Write(decoded.Batches[0]);
        var summary = BlockSummary.Read(block.Summary.Span);
        Assert.True(Parsed("powershell").MayMatch(block.TokenFilter.Span));
        Assert.False(Parsed("powershell and zerologonexploit").MayMatch(block.TokenFilter.Span));
        Assert.True(Parsed("user.name:bob").MayMatch(summary));
        Assert.False(Parsed("user.name:mallory").MayMatch(summary));
        Assert.True(Parsed("file.path:anything").MayMatch(summary));
    }

    [Fact]
    public void Matching_allocates_nothing()
    {
        using var decoded = Events.Decode(SysmonEvents.Lines(1_000));
        var batch = decoded.Batches[0];
        var query = Parsed("user.name:alice and *renderer* and process.executable:chrome.exe and grü*");
        var found = 0;
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            for (var i = 0; i < batch.Count; i++)
                found += query.Matches(batch, i) ? 1 : 0;
        }
    }

    [Fact]
    public void A_field_that_comes_up_after_the_query_was_made_is_found()
    {
        var query = Parsed("never_seen_before_42:yes");
        using var before = Events.Decode("""{"a":1}""");
        Assert.False(query.Matches(before.Batches[0], 0));
        using var decoded = Events.Decode("""{"never_seen_before_42":"yes"}""");
        Assert.True(query.Matches(decoded.Batches[0], 0));
    }

    private static EventQuery Parsed(string query)
    {
        Assert.True(EventQuery.Parse(query).Succeeded(out var parsed, out var failure), failure?.Message);
        return parsed;
    }
}
