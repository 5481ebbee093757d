"""Every cause that the service may write into a timeline has a description."""

import ast
from collections.abc import Iterator

import pytest

from reconnect.model import outcomes
from reconnect.model.causes import Cause
from reconnect.model.errors import FlinksError
from reconnect.model.outcomes import RULES
from reconnect.rules.endings import _REASONS
from reconnect.usecases.late_reads import _AFTER_END
from reconnect_cli.causes import describe
from tests.architecture.modules import modules

_SOURCES = modules("model", "rules", "views", "usecases")
# The positions of causes that are not passed by keyword: `move` and `note` take them by keyword only. The output that
# resumes Step Functions has the same name and is not a cause.
_PLACES = {"Evidence": (0, 1), "TimelineEntry": (2,), "_begin": (2,), "_note_once": (2,)}
_NAMES = {"cause", "again"}
_CONSTANTS = {
    (target.id, node.value.value)
    for module in _SOURCES
    for node in module.tree.body
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    for target in node.targets
    if isinstance(target, ast.Name)
}


def _written() -> set[str]:
    """Every cause that the code writes into a timeline, except endings."""
    return {cause for module in _SOURCES for node in ast.walk(module.tree) for cause in _causes_at(node)}


def _causes_at(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        yield from (text for word in node.keywords if word.arg in _NAMES for text in _texts(word.value))
        yield from (
            text for place in _PLACES.get(name, ()) for arg in node.args[place : place + 1] for text in _texts(arg)
        )
    elif isinstance(node, ast.FunctionDef):
        positional = node.args.posonlyargs + node.args.args
        defaults = zip(positional[len(positional) - len(node.args.defaults) :], node.args.defaults, strict=True)
        yield from (text for taken, default in defaults if taken.arg in _NAMES for text in _texts(default))


def _texts(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Attribute(value=ast.Name(id="Cause"), attr=name):
            yield Cause[name].value
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="Cause"), attr=name), attr="asked_by")):
            yield Cause[name].value
        case ast.Name(id=name) if name in dict(_CONSTANTS):
            yield from (str(text) for constant, text in _CONSTANTS if constant == name)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_texts(one), *_texts(other))
        case ast.JoinedStr(values=[ast.Constant(value="connect_"), ast.FormattedValue()]):
            yield from (f"connect_{code}" for code in RULES)
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.FormattedValue(value=ast.Name(id="_AFTER_END"))]):
            yield from (f"{cause}{_AFTER_END}" for cause in _evidence())
        case ast.Name(id="cause") | ast.Attribute() | ast.BoolOp() | ast.Call(func=ast.Attribute(attr="name_in")):
            """Passed through, or an ending's."""
        case _:
            raise AssertionError(f"this cause cannot be listed: {ast.unparse(value)}")


def _evidence() -> Iterator[str]:
    """Every cause of evidence that starts a read: an Evidence whose output is not None."""
    for node in (node for module in _SOURCES for node in ast.walk(module.tree)):
        match node:
            case ast.Call(func=ast.Name(id="Evidence"), args=[cause, *_], keywords=words):
                outputs = [word.value for word in words if word.arg == "output"]
                if not any(isinstance(output, ast.Constant) and output.value is None for output in outputs):
                    yield from _texts(cause)


def _endings() -> set[str]:
    return {ending.code or reason for reason, ending in _REASONS.items()} | {"INTERNAL_ERROR"}


def _observed() -> set[str]:
    """What a poll may find: one of our verdicts, a Flinks failure, or the state of the data."""
    ours = {each.code for each in vars(outcomes).values() if isinstance(each, outcomes.Verdict)}
    failures = {FlinksError.code, *(kind.code for kind in _kinds_of(FlinksError))}
    found = {"ACCOUNTS_STALE", "ACCOUNTS_FRESH", "NO_ACCOUNTS", "DATA_GONE", "DATA_OLDER", "DATA_INCOMPLETE"}
    return ours | failures | found | {"CREDENTIALS_REQUIRED", "ATTEMPT_OVER"}


def _kinds_of(kind: type[FlinksError]) -> Iterator[type[FlinksError]]:
    for each in kind.__subclasses__():
        yield from (each, *_kinds_of(each))


@pytest.mark.parametrize("cause", sorted(_written() | _endings()))
def test_every_cause_that_the_service_writes_has_a_description(cause: str) -> None:
    text = describe({"cause": cause, "looks": 0})

    code = cause.removeprefix("connect_")
    assert " " in text
    assert not text.endswith(f": {cause}") or cause in RULES
    assert "_" not in text.replace(code if code in RULES else "", "")


@pytest.mark.parametrize("code", sorted(_observed()))
def test_every_poll_result_has_a_description(code: str) -> None:
    text = describe({"cause": code, "looks": 1})

    assert " " in text
    assert code not in text


def test_consecutive_polls_are_counted() -> None:
    assert describe({"cause": "OPERATION_PENDING", "looks": 3}) == "is still working (202), seen 3 times"


@pytest.mark.parametrize(
    ("looks", "text"), [(1, "answers RETRY_LATER"), (0, "ended the session: RETRY_LATER")], ids=["seen", "ended"]
)
def test_a_flinks_code_is_shown_as_it_is(looks: int, text: str) -> None:
    assert describe({"cause": "RETRY_LATER", "looks": looks}) == text


def test_the_walk_finds_causes_wherever_they_are_written() -> None:
    named = {"session_opened", "challenge_shown", "link_opened", "connect_event"}
    chosen = {"authorize_started", "authorize_resumed", "redirected_late", "corrected"}
    repeated = {"clicked_again", "page_redirected_again", "redirected_again", "webhook_received_again"}
    late = {
        "redirected_after_end",
        "redirected_late_after_end",
        "page_redirected_after_end",
        "webhook_received_after_end",
    }

    assert named | chosen | repeated | late <= _written()
    assert not {"link_opened_after_end", "connect_event_after_end", "login_changed_after_end"} & _written()
    assert "CANCELLED" in _endings()
