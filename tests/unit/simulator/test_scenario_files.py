"""Your own scenario files: how they are read, and how an invalid one is explained."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flinks_simulator.bank import Bank
from flinks_simulator.scenarios import SHIPPED, ScenarioProblem, load_scenarios, read_fault
from flinks_simulator.users import Behaviour, Fault, FaultKind, Redirect

GOOD = """\
name: mine
description: Mine
behaviour:
  asks: true
  polls: 2
  pending_seconds: 30
  redirect: late
  faults:
    - call: status
      kind: throttled
      times: 3
      after: 1
"""


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_a_file_becomes_a_scenario_that_logins_can_follow(tmp_path: Path) -> None:
    scenarios = load_scenarios(write(tmp_path, GOOD), SHIPPED)

    bank = Bank(scenarios=scenarios)

    assert bank.find_login(bank.add_login("mine")).behaviour == Behaviour(
        asks=True,
        polls=2,
        pending_seconds=30,
        redirect=Redirect.LATE,
        faults=(Fault("status", FaultKind.THROTTLED, times=3, after=1),),
    )
    assert bank.find_login(bank.login_id("mine")).username == "mine"


def test_a_folder_gives_all_its_yaml_files_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "name: one\ndescription: One", "one.yaml")
    write(tmp_path, "name: two\ndescription: Two", "two.yml")
    write(tmp_path, "not a scenario", "notes.txt")

    assert load_scenarios(tmp_path, SHIPPED).keys() - SHIPPED.keys() == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("name: a\ndescription: b\nbehavior: {}", 3, "behavior: unknown field; allowed: name, description, behaviour"),
        ("name: a\nname: b", 2, "name: this field appears twice"),
        ("name: a", 1, "description: this field is missing"),
        ("name: 14\ndescription: b", 1, "name: wanted a text, found '14'"),
        ("- name: a", 1, "wanted fields: name, description, behaviour"),
        ("", 1, "the document is empty; wanted fields: name, description, behaviour"),
        ("name: 2026-99-99", 1, "name: wanted a text, found '2026-99-99'"),
        ("name: !!python/name:os.system x", 1, "this is not YAML"),
        ("name: \0", 1, "this is not YAML"),
        ("name: [a", 1, "this is not YAML"),
        ("name: a: b", 1, "this is not YAML"),
        ("name: Greatday\ndescription: b", 1, "name: there is already a scenario 'Greatday'"),
    ],
)
def test_a_wrong_file_is_explained_by_file_line_and_field(tmp_path: Path, text: str, line: int, complaint: str) -> None:
    file = write(tmp_path, text)

    with pytest.raises(ScenarioProblem) as problem:
        load_scenarios(file, SHIPPED)

    assert str(problem.value).startswith(f"{file}:{line}: {complaint}")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("asks: maybe", "asks: wanted true or false, found 'maybe'"),
        ("polls: -1", "polls: wanted a whole number from 0, found '-1'"),
        ("polls: true", "polls: wanted a whole number from 0, found 'true'"),
        ("accounts: [1]", "accounts: wanted a whole number from 0, found a list"),
        ("challenge: riddle", "challenge: found 'riddle'; allowed: question, choices"),
        ("redirect: never", "redirect: found 'never'; allowed: normal, lost, late, twice, forged"),
        ("refusal: NO", "refusal: found 'NO'; allowed: ACCESS_DENIED, "),
        ("faults: {call: start}", "faults: wanted a list of faults"),
        ("faults: [{call: start}]", "faults: kind: this field is missing"),
        ("faults: [{call: start, kind: rain}]", "faults: kind: found 'rain'; allowed: access_denied, "),
        ("faults: [{call: token, kind: hang}]", "faults: call: found 'token'; allowed: start, "),
        ("faults: [{call: detail, kind: replace, value: 1}]", "faults: path: this field is missing"),
        ("faults: [{call: detail, kind: replace, path: Login}]", "faults: value: this field is missing"),
        ("faults: [{call: detail, kind: remove, path: a, value: 1}]", "faults: value: remove has no such field"),
        ("faults: [{call: detail, kind: hang, path: Login}]", "faults: path: hang has no such field"),
        ("faults: [{call: detail, kind: remove, path: a..b}]", "faults: path: wanted names, numbers or * with dots"),
        (
            "faults: [{call: detail, kind: replace, path: a, value: 2026-01-05}]",
            "faults: value: wanted a JSON value; a date needs quotes",
        ),
        ("pols: 1", "pols: unknown field; allowed: asks, "),
    ],
)
def test_a_wrong_behaviour_is_explained_with_what_is_allowed(tmp_path: Path, line: str, complaint: str) -> None:
    file = write(tmp_path, f"name: a\ndescription: b\nbehaviour:\n  {line}\n")

    with pytest.raises(ScenarioProblem) as problem:
        load_scenarios(file, SHIPPED)

    assert str(problem.value).startswith(f"{file}:4: behaviour: {complaint}")


def test_an_empty_folder_and_a_file_that_is_not_text_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ScenarioProblem, match=r"there is no \.yaml file in this folder"):
        load_scenarios(tmp_path, SHIPPED)

    (tmp_path / "image.yaml").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ScenarioProblem, match="the file cannot be read"):
        load_scenarios(tmp_path, SHIPPED)


WORDS = st.sampled_from(
    ["name", "description", "behaviour", "asks", "faults", "call", "kind", "start", "hang", "times", "replace", "path"]
)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(VALUES.map(yaml.safe_dump) | st.text())
def test_any_text_is_read_as_a_fault_or_explained(text: str) -> None:
    try:
        assert isinstance(read_fault(text), Fault)
    except ValueError as problem:
        assert str(problem)
