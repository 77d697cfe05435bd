"""Drives one provider with many virtual users, each with a browser's cookie and one keep-alive connection.

A login is three requests: authorize (a session exists, PKCE S256) → code, token → tokens, userinfo → claims.
Status, state, code, ID token and the userinfo `sub` are checked on each of them. Runs as its own process, pinned
to a core of its own: `python -m tests.performance.load` reads its task as JSON from standard input.
"""

import asyncio
import base64
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvloop
from joserfc.jwk import ECKey
from joserfc.jwt import encode

from tests.performance.proof_of_possession import ProofOfPossession

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Unexpected(Exception):
    """An answer that is not what the scenario expects."""


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass
class Connection:
    """HTTP/1.1 with Content-Length only, which is all the provider sends."""

    host: str
    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def send(self, head: str, body: bytes = b"") -> Answer:
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        self.writer.write(head.encode("latin-1") + b"\r\n" + body)
        try:
            raw = await self.reader.readuntil(b"\r\n\r\n")
            lines = raw.split(b"\r\n")
            headers = {}
            for line in lines[1:-2]:
                name, _, value = line.partition(b": ")
                headers[name.lower()] = value
            length = int(headers.get(b"content-length", b"0"))
            content = await self.reader.readexactly(length) if length else b""
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise
        return Answer(int(lines[0][9:12]), headers, content)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class User:
    """One person in one browser, at one service."""

    task: "Task"
    connection: Connection
    cookie: str = ""
    sub: str = ""
    refresh_token: str = ""
    access_token: str = ""
    holder: ProofOfPossession | None = None

    async def request(self, method: str, path: str, *, headers: str = "", form: dict[str, str] | None = None) -> Answer:
        body = urlencode(form).encode() if form is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.task.host}\r\n{headers}"
        if form is not None:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return await self.connection.send(head, body)

    async def log_in_at_source(self) -> None:
        answer = await self.request("POST", "/bench/log-in", form={})
        self.cookie = answer.headers[b"set-cookie"].decode().partition(";")[0]

    async def authorize(self, scope: str) -> tuple[str, str]:
        """A code and its verifier."""
        verifier, parameters = self.asking(scope)
        return await self.answered(parameters, parameters["state"]), verifier

    def asking(self, scope: str) -> tuple[str, dict[str, str]]:
        """A code verifier, and the authorization request that goes with it."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(12)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return verifier, {
            "client_id": self.task.client["id"],
            "response_type": "code",
            "redirect_uri": self.task.client["redirect_uri"],
            "scope": scope,
            "state": state,
            "nonce": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    async def answered(self, parameters: dict[str, str], state: str) -> str:
        """The code that the browser is sent back with."""
        answer = await self.request("GET", f"/authorize?{urlencode(parameters)}", headers=f"Cookie: {self.cookie}\r\n")
        given = dict(parse_qsl(urlsplit(answer.headers.get(b"location", b"").decode()).query))
        if answer.status != 303 or given.get("state") != state or "code" not in given:
            raise Unexpected(f"authorize {answer.status} {sorted(given)}")
        return given["code"]

    async def token(self, *, proof: str = "", **form: str) -> dict[str, Any]:
        headers, credentials = self.task.authentication()
        answer = await self.request("POST", "/token", headers=headers + proof, form={**form, **credentials})
        if answer.status != 200:
            raise Unexpected(f"token {answer.status} {answer.body[:200]!r}")
        tokens: dict[str, Any] = json.loads(answer.body)
        return tokens

    async def redeem(self, scope: str) -> dict[str, Any]:
        code, verifier = await self.authorize(scope)
        return await self.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.task.client["redirect_uri"],
            code_verifier=verifier,
        )


@dataclass
class Task:
    """What to do and how long; `rate` logins a second (0: as fast as the users can)."""

    host: str
    client: dict[str, Any]
    scenario: str
    users: int
    warm_up: float
    seconds: float
    rate: float = 0.0
    jwt: bool = False
    _key: ECKey | None = field(default=None, repr=False)

    def authentication(self) -> tuple[str, dict[str, str]]:
        if not self.jwt:
            pair = f"{self.client['id']}:{self.client['secret']}".encode()
            return f"Authorization: Basic {base64.b64encode(pair).decode()}\r\n", {}
        if self._key is None:
            self._key = ECKey.import_key(self.client["jwk"])
        now = int(time.time())
        claims = {"iss": self.client["id"], "sub": self.client["id"], "aud": f"http://{self.host}"}
        claims |= {"jti": secrets.token_urlsafe(12), "iat": now, "exp": now + 60}
        assertion = encode({"alg": "ES256", "kid": self.client["jwk"]["kid"]}, claims, self._key)
        return "", {"client_assertion_type": _ASSERTION, "client_assertion": assertion}


async def sso(user: User) -> None:
    tokens = await user.redeem("openid profile")
    if "id_token" not in tokens:
        raise Unexpected("no id_token")
    answer = await user.request("GET", "/userinfo", headers=f"Authorization: Bearer {tokens['access_token']}\r\n")
    sub = json.loads(answer.body).get("sub") if answer.status == 200 else None
    user.sub = user.sub or str(sub)
    if sub != user.sub:
        raise Unexpected(f"userinfo {answer.status}")


async def fapi2(user: User) -> None:
    """FAPI 2.0 Security Profile: the request is pushed, the client proves itself by a key, the tokens are bound."""
    if user.holder is None:
        user.holder = ProofOfPossession(f"http://{user.task.host}")
    verifier, parameters = user.asking("openid profile")
    headers, credentials = user.task.authentication()
    pushed = await user.request(
        "POST", "/par", headers=headers + user.holder.proof("POST", "/par"), form={**parameters, **credentials}
    )
    if pushed.status != 201:
        raise Unexpected(f"par {pushed.status} {pushed.body[:200]!r}")
    reference = {"client_id": parameters["client_id"], "request_uri": json.loads(pushed.body)["request_uri"]}
    tokens = await user.token(
        proof=user.holder.proof("POST", "/token"),
        grant_type="authorization_code",
        code=await user.answered(reference, parameters["state"]),
        redirect_uri=parameters["redirect_uri"],
        code_verifier=verifier,
    )
    access_token = tokens["access_token"]
    proof = user.holder.proof("GET", "/userinfo", access_token=access_token)
    answer = await user.request("GET", "/userinfo", headers=f"Authorization: DPoP {access_token}\r\n{proof}")
    sub = json.loads(answer.body).get("sub") if answer.status == 200 else None
    user.sub = user.sub or str(sub)
    if sub != user.sub or tokens["token_type"] != "DPoP" or "id_token" not in tokens:
        raise Unexpected(f"userinfo {answer.status}")


async def refresh(user: User) -> None:
    if not user.refresh_token:
        user.refresh_token = (await user.redeem("openid profile offline_access"))["refresh_token"]
    tokens = await user.token(grant_type="refresh_token", refresh_token=user.refresh_token)
    user.refresh_token = tokens["refresh_token"]


async def introspect(user: User) -> None:
    if not user.access_token:
        user.access_token = (await user.redeem("openid profile"))["access_token"]
    headers, credentials = user.task.authentication()
    form = {"token": user.access_token, **credentials}
    answer = await user.request("POST", "/introspect", headers=headers, form=form)
    if answer.status != 200 or json.loads(answer.body).get("active") is not True:
        raise Unexpected(f"introspect {answer.status}")


async def discovery(user: User) -> None:
    for path in ("/.well-known/openid-configuration", "/jwks"):
        answer = await user.request("GET", path)
        if answer.status != 200:
            raise Unexpected(f"{path} {answer.status}")


SCENARIOS: Final[dict[str, Callable[[User], Awaitable[None]]]] = {
    "sso": sso,
    "fapi2": fapi2,
    "refresh": refresh,
    "introspect": introspect,
    "discovery": discovery,
}


async def run(task: Task) -> dict[str, Any]:
    """How many units were finished in the measured window, their latencies in ms, and what went wrong first."""
    host, _, port = task.host.partition(":")
    unit = SCENARIOS[task.scenario]
    users = [User(task, Connection(host, int(port))) for _ in range(task.users)]
    for user in users:
        if task.scenario != "discovery":
            await user.log_in_at_source()
        await unit(user)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    begin = time.monotonic()
    measured_from, until = begin + task.warm_up, begin + task.warm_up + task.seconds
    latencies: list[float] = []
    errors: list[str] = []
    arrivals = iter(range(10_000_000))

    async def loop(user: User) -> None:
        while time.monotonic() < until and len(errors) < 1000:
            due = time.monotonic()
            if task.rate:
                due = begin + next(arrivals) / task.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            try:
                await unit(user)
            except (Unexpected, OSError, asyncio.IncompleteReadError, KeyError, ValueError) as error:
                errors.append(f"{type(error).__name__} {error}")
                user.connection.close()
                user.refresh_token = user.access_token = ""
                continue
            ended = time.monotonic()
            if measured_from <= ended < until:
                latencies.append((ended - due) * 1000)

    await asyncio.gather(*(loop(user) for user in users))
    return {
        "units": len(latencies),
        **percentiles(sorted(latencies)),
        "errors": len(errors),
        "first_error": errors[0] if errors else None,
    }


def percentiles(latencies: list[float]) -> dict[str, float]:
    """p50, p95 and p99 of a sorted list; 0 where nothing was measured."""
    last = len(latencies) - 1
    return {
        f"p{share}": latencies[min(last, len(latencies) * share // 100)] if latencies else 0.0 for share in (50, 95, 99)
    }


def main() -> None:
    task = Task(**json.loads(sys.stdin.readline()))
    print(json.dumps(uvloop.run(run(task))), flush=True)


if __name__ == "__main__":
    main()
