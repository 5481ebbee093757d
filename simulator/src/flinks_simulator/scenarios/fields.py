"""The fields of a scenario and their allowed values; every error knows its line."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flinks_simulator.errors import ERRORS
from flinks_simulator.users import Behaviour, Challenge, Fault, FaultKind, Redirect

Reader = Callable[[Node], Any]

_PATH = re.compile(r"(\w+|\*)(\.(\w+|\*))*")

CALLS = (
    *("start", "answer", "status", "cached"),
    *("summary", "summary_async", "detail", "detail_async", "statements", "statements_async"),
    *("delete_card", "scheduled_refresh", "mfa_questions", "answer_mfa_questions"),
    *("connect_open", "connect_consent", "connect_sign_in", "connect_answer", "connect_accounts", "connect_wait"),
    *("connect_bank", "connect_bank_decision"),
)
CALLS_WITHOUT_LOGIN = ("token", "nightly_status", "connect_open_credentials", "connect_institution")


class WrongField(ValueError):
    """A field that is unknown, missing, or has a value that is not allowed."""

    def __init__(self, node: Node, reason: str) -> None:
        super().__init__(reason)
        self.line = node.start_mark.line + 1
        self.reason = reason


class Fields:
    """A mapping with known fields only."""

    def __init__(
        self,
        readers: Mapping[str, Reader],
        *,
        required: Iterable[str] = (),
        make: Callable[..., Any] = dict,
    ) -> None:
        self._readers = readers
        self._required = required
        self._make = make

    def __str__(self) -> str:
        return _list(self._readers)

    def read(self, node: Node) -> Any:
        """Read every field; refuse unknown, repeated and missing ones."""
        if not isinstance(node, MappingNode):
            raise WrongField(node, f"wanted fields: {self}")
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in self._readers:
                raise WrongField(key, f"{name}: unknown field; allowed: {self}")
            if name in found:
                raise WrongField(key, f"{name}: this field appears twice")
            found[name] = self._read_field(name, value)
        for name in self._required:
            if name not in found:
                raise WrongField(node, f"{name}: this field is missing")
        return self._make(**found)

    def _read_field(self, name: str, node: Node) -> Any:
        try:
            return self._readers[name](node)
        except WrongField as wrong:
            wrong.reason = f"{name}: {wrong.reason}"
            raise


def read_text(node: Node) -> str:
    """Read a text that is not empty."""
    value = _scalar(node)
    if not isinstance(value, str) or not value.strip():
        raise WrongField(node, f"wanted a text, found {_shown(node)}")
    return value.strip()


def _read_truth(node: Node) -> bool:
    value = _scalar(node)
    if not isinstance(value, bool):
        raise WrongField(node, f"wanted true or false, found {_shown(node)}")
    return value


def _read_count(node: Node) -> int:
    value = _scalar(node)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise WrongField(node, f"wanted a whole number from 0, found {_shown(node)}")
    return value


def _one_of(allowed: Iterable[str]) -> Reader:
    names = tuple(allowed)

    def read(node: Node) -> str:
        value = _scalar(node)
        if value not in names:
            raise WrongField(node, f"found {_shown(node)}; allowed: {_list(names)}")
        return str(value)

    return read


def _member(kind: type[StrEnum]) -> Reader:
    read = _one_of(each.value for each in kind)
    return lambda node: kind(read(node))


def _read_faults(node: Node) -> tuple[Fault, ...]:
    if not isinstance(node, SequenceNode):
        raise WrongField(node, "wanted a list of faults")
    return tuple(FAULT_OF_A_LOGIN.read(each) for each in node.value)


def _read_path(node: Node) -> str:
    path = read_text(node)
    if not _PATH.fullmatch(path):
        raise WrongField(node, f"wanted names, numbers or * with dots between them, found {_shown(node)}")
    return path


def _read_value(node: Node) -> Any:
    """Read any JSON value."""
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
        json.dumps(value)
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):
        raise WrongField(node, "wanted a JSON value; a date needs quotes") from None
    return value


def _scalar(node: Node) -> Any:
    if not isinstance(node, ScalarNode):
        return None
    try:
        return yaml.SafeLoader("").construct_object(node)
    except ValueError:
        # It has the form of a date or a number, but not a valid value.
        return None


def _shown(node: Node) -> str:
    return (
        repr(node.value) if isinstance(node, ScalarNode) else "a list" if isinstance(node, SequenceNode) else "fields"
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


class _FaultFields(Fields):
    """A fault; only REMOVE and REPLACE have a path, and only REPLACE has a value."""

    def read(self, node: Node) -> Fault:
        """Read every field; refuse a path or value that the kind does not have."""
        fault: Fault = super().read(node)
        given = {str(key.value) for key, _ in node.value}
        wanted = _FIELDS_OF.get(fault.kind, set())
        for name in ("path", "value"):
            if name in wanted - given:
                raise WrongField(node, f"{name}: this field is missing")
            if name in given - wanted:
                raise WrongField(node, f"{name}: {fault.kind} has no such field")
        return fault


_FIELDS_OF = {FaultKind.REMOVE: {"path"}, FaultKind.REPLACE: {"path", "value"}}


def _fault(calls: Iterable[str]) -> Fields:
    return _FaultFields(
        {
            "call": _one_of(calls),
            "kind": _member(FaultKind),
            "times": _read_count,
            "after": _read_count,
            "path": _read_path,
            "value": _read_value,
        },
        required=("call", "kind"),
        make=Fault,
    )


FAULT_OF_A_LOGIN = _fault(CALLS)
FAULT_FOR_EVERYONE = _fault((*CALLS, *CALLS_WITHOUT_LOGIN))

BEHAVIOUR = Fields(
    {
        "asks": _read_truth,
        "challenge": _member(Challenge),
        "wrong_answers": _read_count,
        "polls": _read_count,
        "pending_seconds": _read_count,
        "refusal": _one_of(sorted(ERRORS)),
        "refreshes": _read_truth,
        "data_pending": _read_count,
        "data_pending_seconds": _read_count,
        "stuck_requests": _read_count,
        "late_accounts": _read_count,
        "late_transactions": _read_count,
        "first_data_code": _one_of(("OPERATION_PENDING", "OPERATION_DISPATCHED")),
        "accounts": _read_count,
        "transactions": _read_count,
        "credentials_gone": _read_truth,
        "new_login_id_on_sign_in": _read_truth,
        "held_elsewhere": _read_truth,
        "opens_windows": _read_truth,
        "redirect": _member(Redirect),
        "redirect_delay_minutes": _read_count,
        "faults": _read_faults,
    },
    make=Behaviour,
)
