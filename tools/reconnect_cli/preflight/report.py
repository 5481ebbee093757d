"""What preflight prints: the points, the parameters to deploy with, and what could not be told. Pure."""

import json
import shlex
from collections.abc import Sequence

from reconnect_cli.preflight.points import LEFT_OPEN, QUESTIONS, Finding


def parameters_of(findings: Sequence[Finding], instance: str | None, api_url: str) -> dict[str, str]:
    """The parameters of the template that are settled, in the order of the points."""
    host = {"FlinksInstance": instance} if instance else {"FlinksApiBaseUrl": api_url}
    return host | {name: value for finding in findings for name, value in finding.parameters.items()}


def as_json(findings: Sequence[Finding], parameters: dict[str, str]) -> str:
    """One JSON object."""
    return json.dumps(
        {
            "told": _told(findings),
            "of": len(QUESTIONS),
            "points": [
                {"point": each.point, "value": each.value, "isFault": each.is_fault, "sentence": each.sentence}
                for each in findings
            ],
            "parameters": parameters,
            "leftOpen": LEFT_OPEN,
        },
        indent=2,
        ensure_ascii=False,
    )


def as_text(findings: Sequence[Finding], parameters: dict[str, str]) -> str:
    """Lines for people: each point with its mark, then the parameters, then what no safe call can tell."""
    width = max(len(finding.point) for finding in findings)
    lines = [f"{_mark(each):5} {each.point:{width}}  {_question(each)}{each.sentence}" for each in findings]
    faults = [finding for finding in findings if finding.is_fault]
    overrides = " ".join(f"{name}={shlex.quote(value)}" for name, value in parameters.items())
    return "\n".join(
        (
            *lines,
            "",
            f"{_told(findings)} of {len(QUESTIONS)} points told.",
            *([f"Mend first: {', '.join(each.point for each in faults)}."] if faults else []),
            "",
            "Once that is mended, deploy with:" if faults else "Deploy with:",
            f"  sam deploy --parameter-overrides {overrides}",
            "",
            "Left open, because no safe call tells it:",
            *(f"  - {each}" for each in LEFT_OPEN),
        )
    )


def _told(findings: Sequence[Finding]) -> int:
    return sum(finding.is_told for finding in findings if finding.point in QUESTIONS)


def _mark(finding: Finding) -> str:
    if finding.is_fault:
        return "WRONG"
    return "ok" if finding.is_told else "?"


def _question(finding: Finding) -> str:
    return f"{QUESTIONS[finding.point]} " if finding.point in QUESTIONS else "The one live attempt: "
