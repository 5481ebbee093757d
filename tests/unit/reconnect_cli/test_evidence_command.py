"""`reconnect evidence`: a file, a page to print, and a check that says what was changed by its exit code."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconnect.model.hash_chain import chain, check, to_file
from reconnect.views.evidence_document import evidence_of
from reconnect_cli.cli import main
from reconnect_cli.evidence import command
from reconnect_cli.evidence.page import page_of
from reconnect_client.api import Api
from tests.fakes.builders import SESSION_ID
from tests.fakes.clock import NOW
from tests.unit.tampering import a_told_session

DOCUMENT = evidence_of(a_told_session(), at=NOW, by="user/auditor")


class AnApi(Api):
    """An API that exports."""

    def __init__(self) -> None:
        """Connect to nothing."""

    def read_evidence(self, session_id: str) -> dict[str, Any]:
        assert session_id == SESSION_ID
        return DOCUMENT


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evidence", *map(str, arguments)])


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(command, "find_api", AnApi)
    ran = run(SESSION_ID, "--to", tmp_path / "file.json", "--page", tmp_path / "page.html")
    assert (ran.exit_code, DOCUMENT["sha256"] in ran.output) == (0, True)
    return tmp_path


def test_an_exported_file_is_verified(exported: Path) -> None:
    ran = run("verify", exported / "file.json", "--expect", DOCUMENT["sha256"])

    assert (ran.exit_code, ran.output.startswith("unchanged: ")) == (0, True)


def test_a_changed_file_exits_with_a_code_of_its_own_and_names_the_entry(exported: Path) -> None:
    file = exported / "file.json"
    file.write_bytes(file.read_bytes().replace(b"link_opened", b"link_closed"))

    ran = run("verify", file)

    assert (ran.exit_code, "entry 3 is not as it was written" in ran.output) == (7, True)


def test_a_file_with_a_new_chain_does_not_have_the_noted_digest(exported: Path) -> None:
    forged = to_file(chain({"kind": "session"}, [{"kind": "timeline"}]))
    (exported / "file.json").write_bytes(forged)

    assert run("verify", exported / "file.json").exit_code == 0
    assert run("verify", exported / "file.json", "--expect", DOCUMENT["sha256"]).exit_code == 7


def test_the_page_shows_every_entry_and_loads_nothing(exported: Path) -> None:
    page = (exported / "page.html").read_text()

    assert page.count("<tr><td>") == len(DOCUMENT["entries"])
    assert DOCUMENT["sha256"] in page
    assert [word for word in ("<script", "src=", "href=", "url(", "@import") if word in page] == []


def test_the_page_escapes_what_it_shows() -> None:
    hostile = "<img src=x onerror=alert(1)>"

    page = page_of(chain({"kind": "session", hostile: hostile}, [{"kind": hostile, hostile: [hostile, {hostile: 1}]}]))

    assert "<img" not in page


def test_a_folder_that_does_not_exist_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "find_api", AnApi)

    ran = run(SESSION_ID, "--to", tmp_path / "no" / "file.json")

    assert (ran.exit_code, "Cannot write" in ran.output) == (1, True)


def test_what_is_no_session_id_is_refused_before_any_request() -> None:
    ran = run("a-session")

    assert (ran.exit_code, "is not a session id" in ran.output) == (1, True)


def test_a_file_that_was_exported_fits_its_own_digest(exported: Path) -> None:
    assert check((exported / "file.json").read_bytes()) == DOCUMENT
