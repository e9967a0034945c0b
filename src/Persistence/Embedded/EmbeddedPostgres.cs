using McpSecurity.Kernel;

namespace McpSecurity.Persistence;

/// <summary>
/// A PostgreSQL server that the host supervises: made, started, watched and stopped here. It listens on a socket only,
/// dies with the host (also by <c>kill -9</c>), and is started again when it dies alone.
/// </summary>
/// <remarks>
/// Owner of everything: the directory's lock, held from before the first look until after the server has gone. One
/// server process at a time; <see cref="WatchAsync"/> replaces it, <see cref="StopAsync"/> ends it.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly PostgresDirectory _directory;
    private readonly ServerStarter _starter;
    private readonly EmbeddedPostgresOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private ServerProcess _process;
    private Task _watch = Task.CompletedTask;
    private Task? _stopped;

    private EmbeddedPostgres(
        PostgresDirectory directory, ServerStarter starter, ServerProcess process, EmbeddedPostgresOptions options)
    {
        _directory = directory;
        _starter = starter;
        _process = process;
        _options = options;
        Connection = starter.OwnerConnection;
    }

    /// <summary>
    /// How to reach the database; give it to <see cref="Database.Open(DatabaseConnection, DatabaseOptions)"/>.
    /// </summary>
    public DatabaseConnection Connection { get; }

    /// <summary>What runs, e.g. <c>PostgreSQL 18.4 (embedded)</c>; worth printing at the first start.</summary>
    public string Description => _starter.Binaries.ToString();

    /// <summary>Whether this start made the cluster.</summary>
    public bool IsNew => _starter.IsNew;

    /// <summary>The server's process at this moment; another one after a crash.</summary>
    public int ProcessId => Volatile.Read(ref _process).Id;

    /// <summary>The server died alone and runs again: connections made before are dead.</summary>
    internal event Action? Restarted;

    /// <summary>How often the server died alone and was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>
    /// Starts the server of <paramref name="dataDirectory"/> (made when absent, with roles and database) and returns
    /// when it accepts connections. Every refusal names its remedy; the codes are in <see cref="PostgresFailures"/>.
    /// </summary>
    public static async Task<Result<EmbeddedPostgres>> StartAsync(
        string dataDirectory, EmbeddedPostgresOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self"))
            return PostgresFailures.NotLinux();
        if (!PostgresDirectory.Open(dataDirectory).Succeeded(out var directory, out var failure))
            return failure;
        EmbeddedPostgres? started = null;
        ServerStarter? starter = null;
        try
        {
            if (!ServerStarter.Prepare(directory, options).Succeeded(out starter, out failure)
                || !(await starter.StartAsync(cancellationToken)).Succeeded(out var process, out failure))
                return failure;
            started = new EmbeddedPostgres(directory, starter, process, options);
            if (!(await starter.BootstrapAsync(cancellationToken)).Succeeded(out _, out failure))
            {
                await started.StopAsync();
                return failure;
            }

            started._watch = started.WatchAsync();
            return started;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception is IOException io && PostgresDirectory.IsDiskFull(io)
                ? PostgresFailures.DiskFull(directory.Path)
                : PostgresFailures.DirectoryDenied(directory.Path, exception.Message);
        }
        catch
        {
            if (started is not null)
                await started.StopAsync();
            throw;
        }
        finally
        {
            if (started is null)
            {
                starter?.Dispose();
                directory.Dispose();
            }
        }
    }

    /// <summary>
    /// Fast shutdown: open transactions are rolled back, a checkpoint is written, no recovery at the next start. The
    /// host calls it after its own drain. Calling it again waits for the same stop.
    /// </summary>
    public Task StopAsync()
    {
        lock (_gate)
            return _stopped ??= StopOnceAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync();
        await _watch;
        await _starter.EndAsync(_process, _options.StopTimeout);
        _starter.Dispose();
        _directory.Dispose();
        _stopping.Dispose();
    }

    /// <summary>
    /// Starts the server again when it dies alone, with a growing pause: a volume that is full now may have space
    /// later, and nobody has to restart the host for it.
    /// </summary>
    private async Task WatchAsync()
    {
        await Task.Yield();
        var pause = TimeSpan.Zero;
        var token = _stopping.Token;
        try
        {
            while (true)
            {
                var code = await _process.Exited.WaitAsync(token);
                _options.Talk?.Invoke($"PostgreSQL (process {_process.Id}) ended with code {code}; starting it again.");
                await Task.Delay(pause, token);
                if ((await _starter.StartAsync(token)).Succeeded(out var process, out var failure))
                {
                    var dead = Interlocked.Exchange(ref _process, process);
                    dead.Dispose();
                    Restarted?.Invoke();
                    Restarts++;
                    pause = TimeSpan.Zero;
                }
                else
                {
                    _options.Talk?.Invoke(failure.Message);
                    pause = pause == TimeSpan.Zero
                        ? FirstPause
                        : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                }
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Stopping: StopOnceAsync ends the server.
        }
    }
}
