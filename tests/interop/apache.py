"""Apache with Debian's mod_auth_openidc as a protected site: one process in the foreground, in a folder of its own."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from joserfc.jwk import RSAKey

MODULES = Path("/usr/lib/apache2/modules")
_TEMPLATE = Path(__file__).with_name("apache.conf")
_START_SECONDS = 30
_PAGES = {
    "protected/index.html": '<p id="user"><!--#echo var="REMOTE_USER" --></p>'
    '<p id="name"><!--#echo encoding="none" var="OIDC_CLAIM_name" --></p>',
    "logged-out.html": '<p id="logged-out"></p>',
}


def why_not_here() -> str | None:
    """Why this machine cannot run it; None where it can."""
    if _program() is None or not (MODULES / "mod_auth_openidc.so").exists():
        return "the Debian package libapache2-mod-auth-openidc is not installed"
    return None


@contextmanager
def protected_site(site: str, issuer: str, client_id: str, credential: str | RSAKey) -> Iterator[None]:
    """`site` is where it listens; `/protected/` is for whoever logged in. Never runs as root.

    `credential` is the client's secret or its private key.
    """
    with tempfile.TemporaryDirectory(prefix="motcua-apache-") as made:
        folder = Path(made)
        for name, html in _PAGES.items():
            page = folder / "site" / name
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(html)
        configuration = folder / "apache.conf"
        filled = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
            port=site.rpartition(":")[2],
            folder=folder,
            modules=MODULES,
            issuer=issuer,
            site=site,
            client_id=client_id,
            authentication=_authentication(folder, credential),
            passphrase=secrets.token_urlsafe(32),
        )
        configuration.write_text(filled)
        with _running(folder, configuration) as process:
            _wait_for(site, process, folder / "error.log")
            yield


def _authentication(folder: Path, credential: str | RSAKey) -> str:
    if isinstance(credential, str):
        return f"OIDCClientSecret {credential}\nOIDCProviderTokenEndpointAuth client_secret_basic"
    private, public = folder / "client.pem", folder / "client-public.pem"
    private.write_bytes(credential.as_pem(private=True))
    private.chmod(0o600)
    public.write_bytes(credential.as_pem(private=False))
    # The public half, too: this version of the module crashes without it.
    return (
        f"OIDCPrivateKeyFiles {credential.kid}#{private}\n"
        f"OIDCPublicKeyFiles {credential.kid}#{public}\n"
        "OIDCProviderTokenEndpointAuth private_key_jwt"
    )


@contextmanager
def _running(folder: Path, configuration: Path) -> "Iterator[subprocess.Popen[bytes]]":
    program = _program()
    assert program is not None
    demoted: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        demoted = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", *demoted, "--pdeathsig", "TERM", program, "-f", str(configuration), "-D", "FOREGROUND"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(site: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    host, _, port = site.removeprefix("http://").partition(":")
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            told = log.read_text(errors="replace") if log.exists() else log.with_name("output.log").read_text()
            assert process.poll() is None, told
            assert time.monotonic() < deadline, told
            time.sleep(0.05)
        else:
            return


def _program() -> str | None:
    return shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
