"""nginx before a provider, as docs/mtls.md says: it speaks TLS, asks for certificates and tells what it saw."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio

from tests.support.certificates import Authority, Held

_PROGRAM: Final = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "nginx"
_TRIES: Final = 200

_CONFIGURATION: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    large_client_header_buffers 4 32k;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.key;
    ssl_client_certificate {folder}/ca.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    proxy_pass_request_headers on;
    {servers}
}}
"""
_SERVER: Final = """
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_verify_client {verify};
        location / {{
            proxy_pass http://127.0.0.1:{worker};
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For 203.0.113.7;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
            proxy_set_header X-Client-Cert-Verify $ssl_client_verify;
            proxy_set_header X-Client-Cert-Secret "{secret}";
        }}
    }}
"""


@contextmanager
def running_nginx(
    folder: Path, *, worker: int, secret: str, server: Held, clients: Authority, ports: dict[str, int]
) -> Iterator[None]:
    """One server a way of `ssl_verify_client`; `ports` says where each listens."""
    for name, content in (
        ("server.pem", server.pem),
        ("server.key", server.key_pem),
        ("ca.pem", clients.held.pem),
    ):
        (folder / name).write_bytes(content)
    servers = "".join(
        _SERVER.format(port=port, verify=verify, worker=worker, secret=secret) for verify, port in ports.items()
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, servers=servers))
    command = ["setpriv", "--pdeathsig", "TERM", _PROGRAM, "-p", str(folder), "-c", str(configuration)]
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


async def listening(port: int) -> None:
    """Returns when somebody listens there."""
    for _ in range(_TRIES):
        try:
            stream = await anyio.connect_tcp("127.0.0.1", port)
        except OSError:
            await anyio.sleep(0.05)
            continue
        await stream.aclose()
        return
    raise RuntimeError(f"nobody listens on {port}")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port
