"""The guarded client in the shape of an httpx2 transport, for parts that take an `httpx2.AsyncClient`."""

import httpx2

from idp.web.guarded_http import GuardedHttp, OutgoingRequestFailed

# What the pool writes itself.
_NOT_FORWARDED = frozenset({"host", "connection", "accept-encoding", "user-agent", "content-length"})


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Timeouts of the caller are not used: the guarded client's deadline covers the whole exchange."""

    def __init__(self, http: GuardedHttp) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
        content = await request.aread()
        try:
            answer = await self._http.request(request.method, str(request.url), headers=headers, content=content)
        except OutgoingRequestFailed as error:
            raise httpx2.ConnectError(error.reason) from error
        return httpx2.Response(answer.status, headers=dict(answer.headers), content=answer.body)


def guarded_client(http: GuardedHttp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=GuardedTransport(http), trust_env=False)
