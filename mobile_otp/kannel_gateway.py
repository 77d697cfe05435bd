"""A gateway spoken to as Kannel's smsbox wants it; Kannel speaks SMPP to the operators.

Kannel's documented form puts account, password, number and text into the query string, where every access log
keeps them. Its POST form takes the same values as X-Kannel-* headers and the text as the body; only that one is
used here. Kannel names no message id and knows no idempotency: a repeated send is a second message. Its smsbox
logs texts at level 1 (info) and below, so production needs `log-level = 2`.
"""

import re

import httpx2

from mobile_otp.gateways import GatewayUnavailable
from mobile_otp.gsm7 import SmsEncoding, segments
from mobile_otp.http_gateway import check_status

_TIMEOUT = httpx2.Timeout(5.0, connect=2.0)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_CODING = {SmsEncoding.GSM_7: "0", SmsEncoding.UCS_2: "2"}


class KannelGateway:
    """`url` is smsbox's `…/cgi-bin/sendsms`; `sender` the registered brand name."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        *,
        username: str,
        password: str,
        sender: str,
        timeout: httpx2.Timeout = _TIMEOUT,
    ) -> None:
        self._client = client
        self._url = url
        self._timeout = timeout
        self._headers = {
            "X-Kannel-Username": username,
            "X-Kannel-Password": password,
            "X-Kannel-From": sender,
            "Content-Type": "text/plain; charset=UTF-8",
        }

    async def send(self, to: str, text: str, *, idempotency_key: str) -> str:
        if not _E164.fullmatch(to):
            raise ValueError("the number is not in E.164 form")  # it goes into a header: nothing else may
        headers = {"X-Kannel-To": to, "X-Kannel-Coding": _CODING[segments(text).encoding]}
        try:
            response = await self._client.post(
                self._url,
                content=text.encode(),
                headers=self._headers | headers,
                timeout=self._timeout,
                follow_redirects=False,
            )
        except httpx2.HTTPError as error:
            raise GatewayUnavailable(type(error).__name__) from None
        check_status(response.status_code, accepted=202)
        return ""

    def __repr__(self) -> str:
        return "KannelGateway(…)"
