"""What `motcua doctor` finds: one sentence of fact, and for a fault one of advice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """`subject`: what was looked at (`settings`, `database`, `source tax`). No secret, no personal data."""

    subject: str
    verdict: Verdict
    fact: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict.value}


def ok(subject: str, fact: str) -> Finding:
    return Finding(subject, Verdict.OK, fact)


def warning(subject: str, fact: str, advice: str) -> Finding:
    return Finding(subject, Verdict.WARNING, fact, advice)


def fault(subject: str, fact: str, advice: str) -> Finding:
    return Finding(subject, Verdict.FAULT, fact, advice)


def is_healthy(findings: Iterable[Finding]) -> bool:
    return all(finding.verdict is not Verdict.FAULT for finding in findings)
