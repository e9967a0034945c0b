using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace McpSecurity.Persistence;

/// <summary>
/// One file of SQL. Its hash ignores line endings, so that a checkout on another system is the same file.
/// </summary>
internal sealed class Migration
{
    private const int DigitCount = 4;

    private Migration(string folder, int number, string name, string sql)
    {
        Folder = folder;
        Schema = SchemaOf(folder);
        Number = number;
        Name = name;
        Sql = sql.ReplaceLineEndings("\n");
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
    }

    /// <summary>As the folder is called, e.g. <c>MitreAttack</c>.</summary>
    public string Folder { get; }

    /// <summary>The folder in the database's spelling, e.g. <c>mitre_attack</c>.</summary>
    public string Schema { get; }

    public int Number { get; }

    /// <summary>The file without its ending, e.g. <c>0001_event_log</c>.</summary>
    public string Name { get; }

    public string Sql { get; }

    public string Hash { get; }

    /// <summary>Whether the file is run again and again, one transaction each, until it changes no more row.</summary>
    public bool IsChunked => Sql.StartsWith("-- chunked", StringComparison.Ordinal);

    public override string ToString() => $"{Folder}/{Name}";

    /// <summary>Null when the file's name is not <c>NNNN_name.sql</c> with a number from 0001.</summary>
    public static Migration? Create(string folder, string fileName, string sql)
    {
        const string Ending = ".sql";
        if (!fileName.EndsWith(Ending, StringComparison.Ordinal) || fileName.Length < DigitCount + Ending.Length + 2
            || fileName[DigitCount] != '_')
            return null;
        var isNumbered = int.TryParse(
            fileName.AsSpan(0, DigitCount), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return isNumbered && number > 0 ? new Migration(folder, number, fileName[..^Ending.Length], sql) : null;
    }

    private static string SchemaOf(string folder)
    {
        var name = new StringBuilder();
        foreach (var character in folder)
        {
            if (char.IsAsciiLetterUpper(character) && name.Length > 0)
                name.Append('_');
            name.Append(char.ToLowerInvariant(character));
        }

        return name.ToString();
    }
}
