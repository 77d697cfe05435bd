"""The strict parser of queries and forms."""

from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message

from idp.web.forms import MalformedRequest, RequestTooLarge, parse_urlencoded, read_form, read_query

FORM = "application/x-www-form-urlencoded"


def request_of(*chunks: bytes, content_types: Iterable[str] = (FORM,), query: bytes = b"") -> Request:
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
        for index, chunk in enumerate(chunks or (b"",))
    ]

    async def receive() -> Message:
        return messages.pop(0)

    headers = [(b"content-type", value.encode()) for value in content_types]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": query, "headers": headers}
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"a=1&b=2", {"a": "1", "b": "2"}, id="two fields"),
        pytest.param(b"a=x+y%20z", {"a": "x y z"}, id="both spaces"),
        pytest.param(b"a=%2B", {"a": "+"}, id="an escaped plus"),
        pytest.param(b"a=b=c", {"a": "b=c"}, id="equals in a value"),
        pytest.param(b"a&b=", {"a": "", "b": ""}, id="empty values"),
        pytest.param(b"&a=1&", {"a": "1"}, id="empty segments"),
        pytest.param(b"t%C3%AAn=M%E1%BA%B9", {"tên": "Mẹ"}, id="Vietnamese"),
    ],
)
def test_reads_what_a_browser_sends(raw: bytes, fields: dict[str, str]) -> None:
    assert parse_urlencoded(raw) == fields


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"a=1&a=2", id="a name twice"),
        pytest.param(b"a=1&%61=2", id="a name twice, once escaped"),
        pytest.param(b"a=%", id="a lone percent"),
        pytest.param(b"a=%2", id="half an escape"),
        pytest.param(b"a=%zz", id="no hexadecimal digits"),
        pytest.param(b"a=%u0041", id="the old Microsoft escape"),
        pytest.param(b"a=%C3", id="half a character"),
        pytest.param(b"a=%C0%AF", id="an overlong encoding"),
        pytest.param(b"a=%ED%A0%80", id="a surrogate"),
        pytest.param("a=é".encode(), id="a raw byte beyond ASCII"),
        pytest.param(b"a=%00", id="NUL"),
        pytest.param(b"=1", id="no name"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(101)), id="101 fields"),
    ],
)
def test_refuses_what_two_parsers_could_read_differently(raw: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_urlencoded(raw)


def test_takes_one_hundred_fields() -> None:
    assert len(parse_urlencoded(b"&".join(b"a%d=1" % n for n in range(100)))) == 100


def test_names_the_doubled_parameter_but_never_its_value() -> None:
    with pytest.raises(MalformedRequest) as refusal:
        parse_urlencoded(b"scope=secret1&scope=secret2")

    assert refusal.value.reason == "parameter given twice: scope"


def test_does_not_repeat_a_name_that_is_not_plain() -> None:
    with pytest.raises(MalformedRequest) as refusal:
        parse_urlencoded(b"%3Cscript%3E=1&%3Cscript%3E=2")

    assert refusal.value.reason == "parameter given twice"


async def test_reads_a_form_that_arrives_in_pieces() -> None:
    assert await read_form(request_of(b"a=1", b"&b=", b"2")) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("value", [FORM, f"{FORM}; charset=UTF-8", f"{FORM.title()};charset=utf-8"])
async def test_takes_the_one_content_type_with_its_one_charset(value: str) -> None:
    assert await read_form(request_of(b"a=1", content_types=[value])) == {"a": "1"}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([], id="none"),
        pytest.param(["application/json"], id="JSON"),
        pytest.param(["multipart/form-data; boundary=x"], id="multipart"),
        pytest.param(["text/plain"], id="what a cross-site form may send"),
        pytest.param([FORM, FORM], id="two headers"),
        pytest.param([f"{FORM}; charset=iso-8859-1"], id="another charset"),
    ],
)
async def test_refuses_any_other_content_type(values: list[str]) -> None:
    with pytest.raises(MalformedRequest):
        await read_form(request_of(b"a=1", content_types=values))


async def test_refuses_a_body_beyond_the_limit_whatever_its_pieces() -> None:
    with pytest.raises(RequestTooLarge) as refusal:
        await read_form(request_of(b"a=" + b"x" * 50, b"x" * 50), limit=100)

    assert (refusal.value.status, refusal.value.code) == (413, "request_too_large")


async def test_takes_a_body_of_exactly_the_limit() -> None:
    assert await read_form(request_of(b"a=" + b"x" * 98), limit=100) == {"a": "x" * 98}


def test_reads_the_query_as_strictly_as_a_form() -> None:
    assert read_query(request_of(query=b"state=%2Fx")) == {"state": "/x"}
    with pytest.raises(MalformedRequest):
        read_query(request_of(query=b"state=1&state=2"))


def test_only_a_name_that_may_be_repeated_is_taken_twice_and_only_so_often() -> None:
    read = parse_urlencoded(b"resource=a&x=1&resource=b", repeatable=("resource",))

    assert read == {"resource": "a\x00b", "x": "1"}
    for raw in (b"x=1&x=2", b"&".join([b"resource=a"] * 7), b"resource=a%00b"):
        with pytest.raises(MalformedRequest):
            parse_urlencoded(raw, repeatable=("resource",))
    with pytest.raises(MalformedRequest):
        parse_urlencoded(b"resource=a&resource=b")
