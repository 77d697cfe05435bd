"""What makes the sandbox a sandbox: it says so on every page, and it refuses to start in production."""

import os
from collections.abc import Mapping

BANNER = {
    "vi": "MÔI TRƯỜNG THỬ NGHIỆM – dữ liệu giả lập, không có giá trị pháp lý. Không nhập thông tin thật.",
    "en": "SANDBOX – synthetic data without legal value. Do not enter real information.",
}


class NotASandbox(Exception):
    """A part of the sandbox was started where real citizens may be."""


def require_sandbox(part: str, environment: Mapping[str, str] | None = None) -> None:
    """Raise NotASandbox in production mode. Every factory of a sandbox part calls this first."""
    mode = (os.environ if environment is None else environment).get("MOTCUA_ENVIRONMENT", "sandbox")
    if mode.strip().lower() != "sandbox":
        raise NotASandbox(
            f"{part} is part of the sandbox and does not start with MOTCUA_ENVIRONMENT={mode}: "
            "unset it or set it to `sandbox`; in production, configure the real source instead"
        )
