"""Where every part of the sandbox listens: one base port, the rest follows."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

VARIABLE = "MOTCUA_DEMO_PORT"
DEFAULT_PORT = 8000
HOST = "127.0.0.1"
LARGEST_OFFSET = 90


class DemoFailure(Exception):
    """The demo cannot go on; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Addresses:
    base: int

    @property
    def issuer(self) -> str:
        return self._here(0)

    @property
    def tax(self) -> str:
        return self._here(1)

    @property
    def social_insurance(self) -> str:
        return self._here(2)

    @property
    def mobile(self) -> str:
        return self._here(3)

    @property
    def portal(self) -> str:
        return self._here(4)

    @property
    def consultation(self) -> str:
        return self._here(5)

    @property
    def outbox(self) -> str:
        return self._here(10)

    @property
    def mail(self) -> str:
        """The mail server; it speaks SMTP without encryption, on loopback only."""
        return f"smtp://{HOST}:{self.base + 11}"

    @property
    def callback(self) -> str:
        """Where the test clients are answered to; nothing listens there."""
        return f"{self._here(90)}/callback"

    @property
    def outgoing(self) -> tuple[str, ...]:
        """The `host:port` pairs the provider itself calls."""
        return tuple(f"{HOST}:{self.base + offset}" for offset in (1, 2, 3, 4, 5, 10, 11))

    def for_templates(self) -> dict[str, str]:
        return {
            "portal": self.portal,
            "consultation": self.consultation,
            "callback": self.callback,
            "tax": self.tax,
            "social_insurance": self.social_insurance,
            "mobile": self.mobile,
        }

    def health_urls(self) -> Iterator[tuple[str, str]]:
        """What each part is called, and the address that answers when it is up."""
        yield "provider", f"{self.issuer}/.well-known/openid-configuration"
        yield "tax authority", f"{self.tax}/health"
        yield "social-insurance register", f"{self.social_insurance}/health"
        yield "mobile operator", f"{self.mobile}/health"
        yield "portal", f"{self.portal}/health"
        yield "consultation", f"{self.consultation}/health"
        yield "outbox", f"{self.outbox}/health"

    def _here(self, offset: int) -> str:
        return f"http://{HOST}:{self.base + offset}"


def addresses_from(environment: Mapping[str, str]) -> Addresses:
    """Raises DemoFailure where MOTCUA_DEMO_PORT is no usable port."""
    value = environment.get(VARIABLE, "").strip() or str(DEFAULT_PORT)
    if not value.isascii() or not value.isdigit() or not 1024 <= int(value) <= 65535 - LARGEST_OFFSET:
        raise DemoFailure(f"{VARIABLE} must be a port between 1024 and {65535 - LARGEST_OFFSET}")
    return Addresses(int(value))


def check_ports_are_free(addresses: Addresses) -> None:
    """Raises DemoFailure, which names the first port somebody else holds."""
    for offset in (0, 1, 2, 3, 4, 5, 10, 11):
        listen(addresses.base + offset).close()


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises DemoFailure where the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise DemoFailure(
            f"port {port} is already in use; stop what uses it, or move the sandbox: {VARIABLE}=9000 make demo"
        ) from error
    listener.set_inheritable(False)
    return listener
