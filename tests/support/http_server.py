"""A real HTTP server on a loopback port, in a thread, for what leaves the house."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def served(app: ASGIApp, *, certificate: Path | None = None) -> Iterator[str]:
    """The server's `http://127.0.0.1:port`, there during the block; `certificate`, with its key, for TLS."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none", ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    started = threading.Event()
    original = server.startup

    async def startup(sockets: object = None) -> None:
        await original(sockets)  # type: ignore[arg-type]  # uvicorn's own parameter, passed through
        started.set()

    server.startup = startup  # type: ignore[method-assign]  # the only way to learn the port without waiting
    thread.start()
    started.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()
