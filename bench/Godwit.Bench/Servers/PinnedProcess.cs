using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Bench.Servers;

/// <summary>A child process on one core. It ends with the run.</summary>
public sealed class PinnedProcess : IDisposable
{
    public const int ServerCore = 0;

    public const int GeneratorCore = 1;

    private readonly Process _process;
    private readonly Queue<string> _said = new();

    public PinnedProcess(int core, string command, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        // taskset becomes the command: the process id is the server's own.
        var start = new ProcessStartInfo("taskset", ["-c", core.ToString(), command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Switch(start.Environment, environment ?? new Dictionary<string, string>());
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>Completions on the thread that saw the socket, without a hop.</summary>
    public static IReadOnlyDictionary<string, string> InlineCompletions { get; } =
        new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    public int Id => _process.Id;

    public StreamWriter Input => _process.StandardInput;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>Its output is read, so that it does not fill its pipe, and shown if it ends by itself.</summary>
    public void DropOutput()
    {
        _process.OutputDataReceived += (_, line) => Remember(line.Data);
        _process.BeginOutputReadLine();
    }

    /// <summary>Returns once something listens on the port.</summary>
    public async Task AwaitPort(int port, CancellationToken ct)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (_process.HasExited)
                break;
            using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, port, ct);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, ct);
            }
        }
        throw new InvalidOperationException($"{_process.StartInfo.ArgumentList[2]} did not come up on port {port}: {Said()}");
    }

    /// <summary>A port nobody listens on now.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit(5000);
        _process.Dispose();
    }

    /// <summary>
    /// The generator's own runtime switches are not the servers'. What servers shall have of those beside a contestant's own, for a profile perhaps, is given
    /// as <c>SERVER_DOTNET_…</c>.
    /// </summary>
    private static void Switch(IDictionary<string, string?> of, IReadOnlyDictionary<string, string> own)
    {
        foreach (var name in of.Keys.Where(name => name.StartsWith("DOTNET_", StringComparison.Ordinal) && name != "DOTNET_ROOT").ToArray())
            of.Remove(name);
        foreach (var name in of.Keys.Where(name => name.StartsWith("SERVER_DOTNET_", StringComparison.Ordinal)).ToArray())
            of[name["SERVER_".Length..]] = of[name];
        foreach (var (name, value) in own)
            of[name] = value;
    }

    private void Remember(string? line)
    {
        if (line is null)
            return;
        lock (_said)
        {
            _said.Enqueue(line);
            if (_said.Count > 20)
                _said.Dequeue();
        }
    }

    private string Said()
    {
        lock (_said)
            return string.Join('\n', _said);
    }
}
