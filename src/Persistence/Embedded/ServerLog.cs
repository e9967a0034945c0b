using System.Text;

namespace McpSecurity.Persistence;

/// <summary>
/// What the server says, kept in <c>postgres.log</c> and one older file, and its last lines in memory for messages.
/// Bounded: a server that repeats itself cannot fill the volume.
/// </summary>
internal sealed class ServerLog : IDisposable
{
    /// <summary>Chosen: weeks of a healthy server, and hours of one in trouble.</summary>
    private const long MaxFileBytes = 4 << 20;

    private const int MaxLineCharacters = 2_000;
    private const int KeptLines = 12;

    private readonly Lock _gate = new();
    private readonly Queue<string> _last = new();
    private FileStream? _file;

    public ServerLog(string path) => Path = path;

    public string Path { get; }

    /// <summary>Reads one of the server's streams to its end.</summary>
    public async Task PumpAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
                Add(line);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Add("(the host's end of the log was closed: " + exception.Message + ")");
        }
    }

    /// <summary>The last lines, oldest first, in one.</summary>
    public string LastWords()
    {
        lock (_gate)
            return _last.Count == 0 ? "(nothing)" : string.Join(" | ", _last);
    }

    /// <summary>Forgets the last lines, so that they are about what happens from here on.</summary>
    public void Forget()
    {
        lock (_gate)
            _last.Clear();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private void Add(string line)
    {
        if (line.Length > MaxLineCharacters)
            line = line[..MaxLineCharacters] + " ...";
        lock (_gate)
        {
            _last.Enqueue(line);
            if (_last.Count > KeptLines)
                _last.Dequeue();
            try
            {
                Write(Encoding.UTF8.GetBytes(line + "\n"));
            }
            catch (IOException)
            {
                // A full volume: the server's own trouble is told through the last words; losing the file's line is
                // not worth dying for.
                _file?.Dispose();
                _file = null;
            }
        }
    }

    private void Write(byte[] line)
    {
        if (_file is { Length: > MaxFileBytes })
        {
            _file.Dispose();
            _file = null;
            File.Move(Path, Path + ".1", overwrite: true);
        }

        _file ??= new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        _file.Write(line);
    }
}
