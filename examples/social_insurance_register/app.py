"""Wires the register protocol to the invented social-insurance records."""

from datetime import date

from starlette.applications import Starlette

from examples.faults import FaultSwitch
from examples.personas import load_personas, social_insurance_records
from examples.register.app import Presentation, register_app
from examples.register.protocol import Credentials, Register
from examples.sandbox import require_sandbox

PRESENTATION = Presentation(
    title={"vi": "Cơ quan bảo hiểm xã hội", "en": "Social-insurance register"},
    about={
        "vi": "Mã xác thực được gửi tới số điện thoại ghi trong hồ sơ. Số chưa đủ 30 ngày không được dùng.",
        "en": "The one-time code goes to the telephone on file. A number on file for under 30 days is not used.",
    },
    identifier_label={"vi": "Mã số bảo hiểm xã hội", "en": "Social-insurance number"},
    theme="insurance",
)


def create_app(credentials: Credentials, *, today: date, faults: FaultSwitch | None = None) -> Starlette:
    """Raises NotASandbox in production mode."""
    require_sandbox("the social-insurance register")
    records = social_insurance_records(load_personas(), today=today)
    return register_app(Register("social_insurance_number", records), credentials, PRESENTATION, faults=faults)
