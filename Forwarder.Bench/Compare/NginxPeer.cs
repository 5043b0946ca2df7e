using SniForward.Bench.Load;

namespace SniForward.Bench.Compare;

/// <summary>
/// nginx with its stream module, and with proxy_pass for HTTP, where bodies go to the disk first if the other side is slower.
/// Tuned, its buffers are of 64 KiB, and it holds no body.
/// </summary>
/// <param name="binary">The executable.</param>
/// <param name="module">The stream module's file, to be loaded; null if it is compiled in.</param>
/// <param name="tuned">Which of the two settings.</param>
internal sealed class NginxPeer(string binary, string? module, bool tuned) : Peer(PeerName, tuned ? Tuned : AsInstalled)
{
    public const string PeerName = "nginx";

    public override bool EndsTls => true;

    public override bool RoutesRequests => true;

    public override IReadOnlyList<string> Prepare(string folder, PeerPorts ports)
    {
        var site = SiteCertificates.Write(folder, Hello.ExchangeName, Hello.BulkName);
        return [binary, "-e", "stderr", "-p", folder, "-c", Write(folder, "nginx.conf", Configuration(folder, ports, site))];
    }

    private string Http(string folder, HttpPorts ports) => $$"""
        http {
            access_log off;
            client_max_body_size 0;
            client_body_temp_path {{folder}}/nginx-bodies;
            proxy_temp_path {{folder}}/nginx-answers;
            keepalive_requests 1000000000;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            {{(tuned ? "proxy_buffering off; proxy_request_buffering off; proxy_buffer_size 64k; proxy_buffers 4 64k; client_body_buffer_size 64k;" : "")}}

            upstream http1 {
                server 127.0.0.1:{{ports.Exchange}};
                keepalive 1024;
                keepalive_requests 1000000000;
            }

            upstream http2 {
                server 127.0.0.1:{{ports.Bulk}};
                keepalive 1024;
                keepalive_requests 1000000000;
            }

            server {
                listen 127.0.0.1:{{ports.Listen}};
                server_name sub1.xyz.com;
                location / {
                    proxy_pass http://http1;
                }
            }

            server {
                listen 127.0.0.1:{{ports.Listen}};
                server_name sub2.xyz.com;
                location / {
                    proxy_pass http://http2;
                }
            }
        }

        """;

    private string Configuration(string folder, PeerPorts ports, (string Rsa, string Ecdsa) site) => $$"""
        {{(module is null ? "" : $"load_module {module};")}}
        user root;
        daemon off;
        pid {{folder}}/nginx.pid;
        error_log stderr emerg;
        worker_processes 1;
        worker_rlimit_nofile {{OpenFilesLimit.Hard}};

        events {
            worker_connections {{OpenFilesLimit.Hard}};
        }

        {{Http(folder, ports.Http)}}
        stream {
            {{(tuned ? "proxy_buffer_size 64k;" : "")}}

            map $ssl_preread_server_name $backend {
                sub1.xyz.com sub1;
                sub2.xyz.com sub2;
                default others;
            }

            upstream sub1 {
                server 127.0.0.1:{{ports.Exchange.Named}};
            }

            upstream sub2 {
                server 127.0.0.1:{{ports.Bulk}};
            }

            upstream others {
                server 127.0.0.1:{{ports.Exchange.Default}};
            }

            server {
                listen 127.0.0.1:{{ports.Listen.First}};
                listen 127.0.0.1:{{ports.Listen.Second}};
                ssl_preread on;
                proxy_pass $backend;
                proxy_connect_timeout 5s;
                proxy_timeout 1h;
            }

            map $ssl_server_name $inside {
                sub2.xyz.com sub2;
                default sub1;
            }

            server {
                listen 127.0.0.1:{{ports.Tls}} ssl;
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_certificate {{site.Rsa}};
                ssl_certificate_key {{site.Rsa}};
                ssl_certificate {{site.Ecdsa}};
                ssl_certificate_key {{site.Ecdsa}};
                proxy_pass $inside;
                proxy_connect_timeout 5s;
                proxy_timeout 1h;
            }
        }

        """;
}
