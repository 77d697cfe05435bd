"""What `motcua doctor` checks of operators: somebody must be able to answer a citizen, and two for a merge."""

from collections.abc import Sequence

from idp.commands.findings import Finding, ok, warning
from idp.operators.operator import Operator, has_administrator
from idp.operators.permissions import Permission

_ADD = "`motcua operator add --label LABEL --role administrator`; see docs/operator.md"


def operators(known: Sequence[Operator]) -> list[Finding]:
    at_work = [operator for operator in known if operator.is_at_work]
    if not at_work:
        return [warning("operators", "there is none: nobody can decide a case or unlock a person", _ADD)]
    findings = []
    if not has_administrator(known):
        findings.append(warning("operators", "none of them is an administrator", _ADD))
    proposers = [operator for operator in at_work if operator.may(Permission.PROPOSE)]
    seconds = [operator for operator in at_work if operator.may(Permission.SECOND)]
    if not proposers or len({operator.id for operator in (*proposers, *seconds)}) < 2:
        advice = "a merge needs two operators with the role support or security"
        findings.append(warning("operators", "nobody could second a decision", advice))
    return findings or [ok("operators", f"{len(at_work)} at work")]
