namespace McpSecurity.Persistence.Tests;

public sealed class SqlScriptTests
{
    public static TheoryData<string, string[]> Scripts => new()
    {
        { "select 1; select 2", ["1:select 1", "1:select 2"] },
        { "select 1;\n\n-- about two; not a statement\nselect\n2;\n", ["1:select 1", "4:select\n2"] },
        { "select ';', \";\", 'it''s;' ; select 2", ["1:select ';', \";\", 'it''s;'", "1:select 2"] },
        { "/* a; /* nested; */ b; */ select 1; /* only a comment; */", ["1:select 1"] },
        { "do $$ begin perform 1; end $$; select $tag$ ; $$ ; $tag$",
            ["1:do $$ begin perform 1; end $$", "1:select $tag$ ; $$ ; $tag$"] },
        { "select E'\\'; still'; select 2", ["1:select E'\\'; still'", "1:select 2"] },
        { "select 'back\\'; select 2", ["1:select 'back\\'", "1:select 2"] },
        { "select a$b, $1; select c$b", ["1:select a$b, $1", "1:select c$b"] },
        { ";;\n ; -- nothing\n", [] },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_is_cut_where_the_server_would_cut_it(string script, string[] expected)
    {
        var statements = SqlScript.Split(script, out var error);

        Assert.Null(error);
        Assert.Equal(expected, statements.Select(statement => $"{statement.Line}:{statement.Text}"));
    }

    [Theory]
    [InlineData("select 1;\nselect 'open", "a quote is not closed", 2)]
    [InlineData("\n\n/* open /* */", "a comment is not closed", 3)]
    [InlineData("do $x$ begin end $y$;", "$x$ is not closed", 1)]
    [InlineData("select \"open", "a quote is not closed", 1)]
    public void What_is_not_closed_is_told_with_its_line(string script, string reason, int line)
    {
        var statements = SqlScript.Split(script, out var error);

        Assert.Empty(statements);
        Assert.Equal((reason, line), error);
    }
}
