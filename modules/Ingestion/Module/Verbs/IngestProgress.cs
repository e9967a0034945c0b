using System.Globalization;
using McpSecurity.Modules;

namespace McpSecurity.Ingestion.Verbs;

/// <summary>One line on the terminal that says how far sending is; nothing when stderr is no terminal.</summary>
internal sealed class IngestProgress(VerbEnvironment environment) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private long _started;
    private long _drawn;
    private string? _file;
    private bool _isShown;

    public void Report(string file, long stored, long rejected)
    {
        if (!environment.TalkIsTerminal || (_isShown && environment.Clock.GetElapsedTime(_drawn) < Interval))
            return;
        _drawn = environment.Clock.GetTimestamp();
        if (_file != file)
            (_file, _started) = (file, _drawn);
        var seconds = Math.Max(0.001, environment.Clock.GetElapsedTime(_started).TotalSeconds);
        var name = file.Length > 40 ? "…" + file[^39..] : file;
        var rate = stored / seconds;
        environment.Talk.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r\u001b[K{name}  {stored:N0} events  {rate:N0}/s{(rejected > 0 ? $"  {rejected:N0} rejected" : "")}"));
        environment.Talk.Flush();
        _isShown = true;
    }

    /// <summary>Takes the line away, so that something else can be written.</summary>
    public void Clear()
    {
        if (!_isShown)
            return;
        environment.Talk.Write("\r\u001b[K");
        environment.Talk.Flush();
        _isShown = false;
    }

    public void Dispose() => Clear();
}
