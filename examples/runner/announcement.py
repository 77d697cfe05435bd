"""What the demo tells: `var/demo.json` for programs, addresses and personas for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from examples.personas import MOBILE, SOCIAL_INSURANCE, TAX, Persona
from examples.runner.addresses import Addresses
from examples.runner.configuration import PUBLIC_CLIENTS, ProviderConfiguration
from examples.runner.private_files import KEY_CLIENT, RESOURCE_SERVERS, DemoSecrets

SERVICES = ("portal", "consultation")


def demo_document(
    addresses: Addresses,
    secrets: DemoSecrets,
    configuration: ProviderConfiguration,
    personas: Sequence[Persona],
) -> dict[str, Any]:
    """For programs that drive the sandbox."""
    clients = {client["client_id"]: client for client in configuration.clients}
    urls = {"portal": addresses.portal, "consultation": addresses.consultation}
    return {
        "issuer": addresses.issuer,
        "outbox": addresses.outbox,
        "services": [
            {
                "name": clients[service]["client_name"],
                "url": urls[service],
                "login_url": f"{urls[service]}/dang-nhap/bat-dau",
                "sector": clients[service]["sector"],
            }
            for service in SERVICES
        ],
        "sources": [{"id": source["id"], "kind": source["kind"]} for source in configuration.sources],
        "clients": [
            _client(client, secrets)
            for client_id, client in clients.items()
            if client_id not in {*SERVICES, *PUBLIC_CLIENTS, *RESOURCE_SERVERS}
        ],
        "resource_servers": [
            {
                "client_id": client_id,
                "client_secret": secrets.client_secrets[client_id],
                "resource": clients[client_id]["resource"],
            }
            for client_id in RESOURCE_SERVERS
        ],
        "citizens": [
            {
                "id": persona.id,
                "name": persona.name,
                "phone": persona.phone,
                "sources": persona.credentials(),
                "shows": dict(persona.shows),
            }
            for persona in personas
        ],
    }


def to_text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def lines_for_people(addresses: Addresses, personas: Sequence[Persona], *, language: str) -> Iterator[str]:
    def t(vi: str, en: str) -> str:
        return vi if language == "vi" else en

    yield ""
    yield t("Công dân thử nghiệm (mọi dữ liệu đều giả lập)", "Sandbox citizens (all data is synthetic)")
    tax, insurance, mobile = (
        t("mã số thuế / mật khẩu", "tax code / password"),
        t("số BHXH", "insurance no."),
        t("di động", "mobile"),
    )
    yield f"  {'':22} {tax:35} {insurance:14} {mobile}"
    for persona in personas:
        held = persona.credentials()
        account = held.get(TAX, {})
        password = f"{account['identifier']} / {account['password']}" if account else "–"
        number = held.get(SOCIAL_INSURANCE, {}).get("identifier", "–")
        yield f"  {persona.id:22} {password:35} {number:14} {held.get(MOBILE, {}).get('identifier', '–')}"
        yield f"    {persona.name}. {persona.shows[language]}"
    yield ""
    for what, url in (
        (t("Cổng dịch vụ công: bắt đầu ở đây", "Public-service portal: start here"), addresses.portal),
        (t("Tham vấn chính sách", "Policy consultation"), addresses.consultation),
        (t("Hộp tin nhắn và thư (mã xác thực)", "Messages and letters (one-time codes)"), addresses.outbox),
        (t("Nhà cung cấp định danh", "Provider"), addresses.issuer),
        (t("Cơ quan thuế", "Tax authority"), addresses.tax),
        (t("Bảo hiểm xã hội", "Social-insurance register"), addresses.social_insurance),
        (t("Nhà mạng", "Mobile operator"), addresses.mobile),
    ):
        yield f"  {what:36} {url}/"
    yield ""
    yield t(
        "Cho chương trình: var/demo.json. Nhấn Ctrl-C để dừng.", "For programs: var/demo.json. Press Ctrl-C to stop."
    )
    yield "ready"


def _client(client: Mapping[str, Any], secrets: DemoSecrets) -> dict[str, Any]:
    told: dict[str, Any] = {"client_id": client["client_id"]}
    if client["client_id"] == KEY_CLIENT:
        told["private_jwk"] = dict(secrets.private_jwk)
    else:
        told["client_secret"] = secrets.client_secrets[client["client_id"]]
    told |= {name: client[name] for name in ("token_endpoint_auth_method", "redirect_uris", "sector", "scope")}
    return told
