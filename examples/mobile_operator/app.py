"""Wires the register protocol to the invented subscribers."""

from starlette.applications import Starlette

from examples.faults import FaultSwitch
from examples.personas import load_personas, mobile_records
from examples.register.app import Presentation, register_app
from examples.register.protocol import Credentials, Register
from examples.sandbox import require_sandbox

PRESENTATION = Presentation(
    title={"vi": "Nhà mạng di động Sao Mai", "en": "Sao Mai mobile operator"},
    about={
        "vi": "Danh sách thuê bao chính chủ đã được xác minh. Số không có ở đây thì không ai xác nhận chủ của nó.",
        "en": "The verified subscribers. For a number that is not listed, nobody vouches for its owner.",
    },
    identifier_label={"vi": "Số điện thoại", "en": "Mobile number"},
    theme="operator",
)


def create_app(credentials: Credentials, *, faults: FaultSwitch | None = None) -> Starlette:
    """Raises NotASandbox in production mode."""
    require_sandbox("the mobile operator's register")
    records = mobile_records(load_personas())
    return register_app(Register("mobile_number", records), credentials, PRESENTATION, faults=faults)
