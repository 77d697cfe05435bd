"""A register over real HTTP that answers what a test tells it to, and remembers what it was asked."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.support.read_body import read_body

CLIENT_ID = "motcua"
CLIENT_SECRET = "register-secret"
SECRETS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def record(**changes: Any) -> dict[str, Any]:
    """A person whose phone has been on file for years."""
    return {
        "subject": "R-1",
        "name": "Trần Văn Minh",
        "birthdate": "1979-01-02",
        "gender": "male",
        "birthplace": None,
        "personal_id": "099079000028",
        "personal_id_verified": True,
        "deceased": False,
        "phone": "+84530000002",
        "phone_since": "2020-01-01",
        "active_since": "2019-01-01",
        **changes,
    }


@dataclass
class Register:
    """`records` by identifier. `answer` replaces what `/lookup` says, whole; while it is `hanging` it says nothing."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    answer: tuple[int, bytes] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    hanging: bool = False

    def reset(self) -> None:
        self.__dict__.update(Register().__dict__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await read_body(receive)
        if self.hanging:
            await asyncio.Event().wait()
        await self._answered(request, scope["path"], body)(scope, receive, send)

    def _answered(self, request: Request, path: str, body: bytes) -> Response:
        if path == "/health":
            return JSONResponse({"status": "ok"})
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "unauthorized"}, 401)
        question = json.loads(body)
        self.asked.append(question)
        if self.answer is not None:
            return Response(self.answer[1], self.answer[0], media_type="application/json")
        found = self.records.get(question["identifier"])
        return JSONResponse({"found": False} if found is None else {"found": True, "record": found})
