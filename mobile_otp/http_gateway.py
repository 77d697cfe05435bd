"""A gateway spoken to in JSON over HTTP.

`POST {url}` with `{"to": "+84…", "text": "…", "idempotency_key": "…"}` and `Authorization: Bearer …` is
answered by 202 and `{"id": "…"}`. The credential travels in a header, never in the URL, which proxies write
into their logs.
"""

import httpx2

from mobile_otp.gateways import GatewayRefused, GatewayUnavailable

_TIMEOUT = httpx2.Timeout(5.0, connect=2.0)
_LONGEST_ANSWER = 4096
_TRY_AGAIN = frozenset({408, 425, 429})


class HttpSmsGateway:
    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        *,
        credential: str,
        timeout: httpx2.Timeout = _TIMEOUT,
    ) -> None:
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {credential}"}
        self._timeout = timeout

    async def send(self, to: str, text: str, *, idempotency_key: str) -> str:
        message = {"to": to, "text": text, "idempotency_key": idempotency_key}
        try:
            response = await self._client.post(
                self._url,
                json=message,
                headers=self._headers,
                timeout=self._timeout,
                follow_redirects=False,
            )
        except httpx2.HTTPError as error:
            raise GatewayUnavailable(type(error).__name__) from None
        check_status(response.status_code, accepted=202)
        return _message_id(response)

    def __repr__(self) -> str:
        return "HttpSmsGateway(…)"


def check_status(status: int, *, accepted: int) -> None:
    """Server faults and "slow down" are worth another try; every other answer is a refusal."""
    if status == accepted:
        return
    if status >= 500 or status in _TRY_AGAIN:
        raise GatewayUnavailable(f"status {status}")
    raise GatewayRefused(f"status {status}")


def _message_id(response: httpx2.Response) -> str:
    """A gateway that accepted and answers nonsense has still sent: no id, and no second attempt."""
    if len(response.content) > _LONGEST_ANSWER:
        return ""
    try:
        answer = response.json()
    except ValueError:
        return ""
    message_id = answer.get("id") if isinstance(answer, dict) else None
    return message_id if isinstance(message_id, str) else ""
