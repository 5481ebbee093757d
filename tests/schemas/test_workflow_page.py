"""The diagrams of the workflow show the whole definition and the whole table of transitions."""

import re

from devtools.schemas import SCHEMAS
from reconnect.model.session import TERMINAL, TRANSITIONS, Status
from tests.workflow.definition import MACHINE, STATES, TASKS, ways

_PAGE = (SCHEMAS.parent / "docs" / "workflow.md").read_text()
_MACHINE, _STATUSES = (set(re.findall(r"(\S+) --> ([^\s:]+)", picture)) for picture in _PAGE.split("```mermaid")[1:])


def test_the_machine_diagram_shows_every_transition_but_crashes() -> None:
    drawn = {way for way in _MACHINE if "[*]" not in way}
    all_ways = {(way.source, way.target) for way in ways()}

    assert drawn <= all_ways
    assert all_ways - drawn == {
        (name, "CloseSession") for name, task in TASKS.items() if any(_is_left_out(catch) for catch in task["Catch"])
    }


def test_the_machine_diagram_shows_its_start_and_its_ends() -> None:
    endings = {name for name, state in STATES.items() if state.get("End") or state["Type"] in ("Succeed", "Fail")}

    assert {way for way in _MACHINE if "[*]" in way} == {
        ("[*]", MACHINE["StartAt"]),
        *((name, "[*]") for name in endings),
    }


def test_the_table_has_the_comment_of_every_state() -> None:
    assert re.findall(r"\| `(\w+)` \| (.+) \|", _PAGE) == [(name, state["Comment"]) for name, state in STATES.items()]


def test_the_status_diagram_shows_every_transition_and_ending() -> None:
    allowed = {(str(status), str(after)) for status, targets in TRANSITIONS.items() for after in targets}
    ended = {*(("Live", str(status)) for status in TERMINAL), *((str(status), "[*]") for status in TERMINAL)}

    assert {*allowed, *ended, ("[*]", "Live"), ("[*]", str(Status.STARTING))} == _STATUSES


def _is_left_out(catch: dict[str, object]) -> bool:
    return catch["ErrorEquals"] == ["States.ALL"] and catch["Next"] == "CloseSession"
