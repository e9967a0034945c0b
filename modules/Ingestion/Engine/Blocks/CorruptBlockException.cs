namespace McpSecurity.Ingestion.Engine.Blocks;

/// <summary>A stored block whose bytes cannot be what a writer wrote. The message says which part and why.</summary>
public sealed class CorruptBlockException : Exception
{
    public CorruptBlockException()
    {
    }

    public CorruptBlockException(string message)
        : base(message)
    {
    }

    public CorruptBlockException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
