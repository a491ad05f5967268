namespace Godwit.Bench.Servers;

/// <summary>nginx that serves ranges of one file from the page cache over connections that stay open.</summary>
public sealed class Nginx : IDisposable
{
    private readonly PinnedProcess _process;

    private Nginx(PinnedProcess process, int plainPort, int tlsPort) => (_process, PlainPort, TlsPort) = (process, plainPort, tlsPort);

    public int ProcessId => _process.Id;

    public int PlainPort { get; }

    public int TlsPort { get; }

    /// <param name="root">The folder with image.bin.</param>
    public static async Task<Nginx> Start(string folder, string root, Pki pki, CancellationToken ct)
    {
        var (plain, tls) = (PinnedProcess.FreePort(), PinnedProcess.FreePort());
        var settings = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(settings,
            $$"""
            daemon off;
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            worker_processes 1;
            pid {{folder}}/nginx.pid;
            error_log stderr crit;
            events { worker_connections 4096; }
            http {
              access_log off;
              sendfile on;
              tcp_nodelay on;
              keepalive_requests 100000000;
              keepalive_timeout 600s;
              open_file_cache max=16 inactive=600s;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              server { listen 127.0.0.1:{{plain}}; root {{root}}; }
              server {
                listen 127.0.0.1:{{tls}} ssl; root {{root}};
                ssl_certificate {{pki.CertificateFile}}; ssl_certificate_key {{pki.KeyFile}};
                ssl_client_certificate {{pki.CaFile}}; ssl_verify_client on; ssl_protocols TLSv1.3;
              }
            }

            """, ct);
        var process = new PinnedProcess(PinnedProcess.ServerCore, "nginx", ["-c", settings, "-p", folder]);
        process.DropOutput();
        await process.AwaitPort(plain, ct);
        return new Nginx(process, plain, tls);
    }

    public void Dispose() => _process.Dispose();
}
