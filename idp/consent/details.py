"""What a service asks to be allowed (RFC 9396), said in the operator's sentences and never in the service's. Pure.

The values come from the service: each was checked against its field's kind, and is written out here as that kind is.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.protocol.authorization_details import Detail
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import in_locale
from idp.protocol.detail_types import DetailField, DetailType
from idp.protocol.detail_values import Kind
from idp.protocol.resource_servers import ResourceServers
from idp.web.i18n import Locale, text
from idp.web.views import AllowanceView


def allowances_in(request: AuthorizationRequest, servers: ResourceServers, locale: Locale) -> list[AllowanceView]:
    """One for each detail, in the order in which the service sent them."""
    details = request.authorization_details or ()
    known = ((detail, servers.detail_types.get(detail["type"])) for detail in details)
    return [_allowance(detail, found, servers, locale) for detail, found in known if found is not None]


def places_in(request: AuthorizationRequest, servers: ResourceServers, locale: Locale) -> list[str]:
    """The names of the resource servers that were asked for without saying for what."""
    told = set(servers.resources_of(request.authorization_details or ()))
    return [
        _name_of(resource, servers, locale)
        for resource in request.resource or ()
        if resource in servers.by_resource and resource not in told
    ]


def digest_of(detail: Detail) -> str:
    """What a receipt keeps of a detail: proof of exactly this one, which tells a finder nothing."""
    canonical = json.dumps(detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def _allowance(detail: Detail, known: DetailType, servers: ResourceServers, locale: Locale) -> AllowanceView:
    said = {name: _said(field, detail[name], locale) for name, field in known.fields.items() if name in detail}
    in_sentence = known.in_sentence
    return AllowanceView(
        name=in_locale(known.name, locale),
        sentence=in_locale(known.sentence, locale).format(**said),
        facts=tuple(
            (in_locale(known.fields[name].label, locale), value)
            for name, value in said.items()
            if name not in in_sentence
        ),
        place=_name_of(known.resource, servers, locale),
        once=known.once,
    )


def _name_of(resource: str, servers: ResourceServers, locale: Locale) -> str:
    server = servers.by_resource.get(resource)
    return resource if server is None else server.name_in(locale)


def _said(field: DetailField, value: Any, locale: Locale) -> str:
    if field.kind is Kind.CHOICE:
        return in_locale(field.choices[value], locale)
    return _WORDS[field.kind](value, locale)


def _date(value: str, locale: Locale) -> str:
    year, month, day = value.split("-")
    return f"{day}/{month}/{year}"


def _month(value: str, locale: Locale) -> str:
    year, month = value.split("-")
    return text(locale, "details.month", thang=month, nam=year)


def _period(value: str, locale: Locale) -> str:
    year, _, part = value.partition("-")
    if not part:
        return text(locale, "details.year", nam=year)
    if part.startswith("Q"):
        return text(locale, "details.quarter", quy=part[1:], nam=year)
    return _month(value, locale)


def _amount(value: int, locale: Locale) -> str:
    grouped = f"{value:,}"
    return text(locale, "details.amount", so_tien=grouped.replace(",", ".") if locale is Locale.VI else grouped)


_WORDS: Final[Mapping[Kind, Callable[[Any, Locale], str]]] = {
    Kind.DATE: _date,
    Kind.MONTH: _month,
    Kind.PERIOD: _period,
    Kind.AMOUNT: _amount,
    Kind.CODE: lambda value, locale: str(value),
}
