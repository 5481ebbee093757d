"""The table of FlinksCodes as docs/flinks-codes.md shows it."""

from itertools import groupby

from reconnect.model.outcomes import RULES, UNKNOWN_CODE, Rule
from reconnect.views.sentences import sentence

_HEAD = [
    "| FlinksCode | outcome | who acts | more attempts | what we tell the user |",
    "|---|---|---|---|---|",
]


def codes_table() -> str:
    """Return the table as Markdown: a row for the codes of one meaning, who acts, and how many more attempts follow."""
    by_rule = sorted(RULES, key=lambda code: (_meaning(RULES[code]), code))
    rows = [_row(list(codes), RULES) for _, codes in groupby(by_rule, key=lambda code: _meaning(RULES[code]))]
    return "\n".join([*_HEAD, *rows, _row(["any other"], {"any other": UNKNOWN_CODE})])


def _meaning(rule: Rule) -> tuple[str, str, str, int]:
    return rule.outcome, rule.owner, rule.sentence, rule.max_retries


def _row(codes: list[str], rules: dict[str, Rule]) -> str:
    rule = rules[codes[0]]
    named = ", ".join(f"`{code}`" if code in RULES else code for code in codes)
    sentences = f"{sentence(rule.sentence, 'en')}<br>*{sentence(rule.sentence, 'fr')}*"
    return f"| {named} | `{rule.outcome}` | {rule.owner} | {rule.max_retries or ''} | {sentences} |"
