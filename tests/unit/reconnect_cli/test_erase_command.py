"""`reconnect erase`: what was deleted, and what to do about the rest."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconnect.model.hash_chain import chain
from reconnect_cli import cli
from reconnect_client.api import Api
from tests.fakes.builders import SESSION_ID

RECEIPT = chain({"kind": "erasure"}, [{"kind": "session_erased", "sessionId": SESSION_ID}])


class AnApi(Api):
    """An API that erases and returns Flinks' answer."""

    def __init__(self, card: str | None) -> None:
        self._card = card

    def erase_login(self, login_id: str, *, delete_card: bool = False) -> dict[str, Any]:
        assert login_id == "a-login"
        card = self._card if delete_card else None
        return {"sessions": 2, "results": 1, "wasKnown": True, "card": card, "receipt": RECEIPT}


def erase(monkeypatch: pytest.MonkeyPatch, *options: str, card: str | None) -> Result:
    monkeypatch.setattr(cli, "find_api", lambda: AnApi(card))
    return CliRunner().invoke(cli.main, ["erase", "a-login", "--yes", *options])


@pytest.mark.parametrize("card", ["DELETED", "INVALID_LOGIN"])
def test_a_card_that_flinks_no_longer_has_is_a_success(monkeypatch: pytest.MonkeyPatch, card: str) -> None:
    assert erase(monkeypatch, "--delete-card", card=card).exit_code == 0


def test_a_card_that_was_not_to_be_deleted_is_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    assert erase(monkeypatch, card="DELETED").exit_code == 0


@pytest.mark.parametrize(
    ("card", "todo"),
    [
        ("CARD_IN_USE", "again in ten minutes"),
        ("FLINKS_UNAVAILABLE", "send the same request again"),
        ("FLINKS_UNREADABLE", "send the same request again"),
        ("HTTP_500", "Flinks' support"),
    ],
)
def test_a_card_that_flinks_kept_is_explained(monkeypatch: pytest.MonkeyPatch, card: str, todo: str) -> None:
    ran = erase(monkeypatch, "--delete-card", card=card)

    assert ran.exit_code == 1
    assert (card in ran.output, todo in ran.output) == (True, True)
    assert "All our data is deleted" in ran.output


def test_the_receipt_of_an_erasure_is_a_file_that_can_be_verified(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = erase(monkeypatch, "--receipt", str(tmp_path / "receipt.json"), card=None)

    verified = CliRunner().invoke(cli.main, ["evidence", "verify", str(tmp_path / "receipt.json")])
    assert (ran.exit_code, verified.exit_code) == (0, 0)
    assert RECEIPT["sha256"] in ran.output
    assert RECEIPT["sha256"] in verified.output


def test_what_is_printed_of_an_erasure_does_not_repeat_the_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SESSION_ID not in erase(monkeypatch, card=None).output
