"""Flinks' JSON into the domain's words. Field names match in any letter case: Flinks' own samples mix them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconnect.adapters.account_replies import read_accounts
from reconnect.adapters.reply_fields import field, text, whole_number
from reconnect.domain.errors import AccountsInvalid, FlinksReplyUnreadable
from reconnect.domain.outcomes import DONE, MFA, FlinksReply, known_as

_MAX_ID_LENGTH = 64
_MAX_NAME_LENGTH = 80
_CODE = re.compile(r"[A-Z0-9_]{1,64}")


def parse_reply(http_status: int, body: object) -> FlinksReply:
    """Read what matters; raise FlinksReplyUnreadable, or of accounts AccountsInvalid, if it is not the shape it has."""
    if not isinstance(body, Mapping):
        raise FlinksReplyUnreadable(f"HTTP {http_status}: a JSON {type(body).__name__} instead of an object")
    status = _status(http_status, body)
    login = field(body, "Login")
    accounts = field(body, "Accounts") if status in DONE else None
    login = login if isinstance(login, Mapping) else {}
    last_refresh = _time(login, "LastRefresh")
    if accounts is not None and last_refresh is None and text(login, "LastRefresh") is not None:
        raise AccountsInvalid("accounts of a login that was never refreshed")
    return FlinksReply(
        status=status,
        http_status=http_status,
        code=_code(body),
        request_id=_id(body, "RequestId"),
        last_refresh=last_refresh,
        login_id=_id(login, "Id"),
        institution_id=whole_number(body, "InstitutionId"),
        institution=(text(body, "InstitutionName") or text(body, "Institution") or "")[:_MAX_NAME_LENGTH] or None,
        accounts=None if accounts is None else read_accounts(accounts),
    )


def read_token(body: object) -> str | None:
    """The Token of a GenerateAuthorizeToken reply [D TOKEN]."""
    return text(body, "Token") if isinstance(body, Mapping) else None


@dataclass(frozen=True, slots=True)
class NightlyCard:
    """A login that the nightly refresh left out, and why, in Flinks' words."""

    login_id: str
    last_refresh: datetime | None
    state: str | None
    error_code: str | None


def read_nightly_cards(http_status: int, body: object) -> tuple[NightlyCard, ...]:
    """The IneligibleCards of a GetNightlyRefreshStatus reply; raise FlinksReplyUnreadable if there are none to read."""
    cards = field(body, "IneligibleCards") if isinstance(body, Mapping) else None
    if http_status not in DONE or not isinstance(cards, list):
        raise FlinksReplyUnreadable(f"GetNightlyRefreshStatus: HTTP {http_status} without IneligibleCards")
    return tuple(_nightly_card(card) for card in cards)


def _nightly_card(card: object) -> NightlyCard:
    if not isinstance(card, Mapping) or (login_id := _id(card, "LoginId")) is None:
        raise FlinksReplyUnreadable("GetNightlyRefreshStatus: a card without a LoginId")
    return NightlyCard(
        login_id=login_id,
        last_refresh=_time(card, "LastRefreshDate"),
        state=text(card, "LastRefreshState"),
        error_code=text(card, "LastRefreshErrorCode"),
    )


def _code(body: Mapping[str, Any]) -> str:
    """The FlinksCode, or "": it goes into logs and timelines, so it must look like a code. Of a code that we know,
    Flinks' pages and its SDK spell some with a blank between the words, or after them.
    """
    given = text(body, "FlinksCode") or ""
    code = given.strip(" ").replace(" ", "_")
    return code if _CODE.fullmatch(code) and (code == given or known_as(code)) else ""


def _id(body: Mapping[str, Any], name: str) -> str | None:
    """An id that is safe to put into a URL path; Flinks' are GUIDs."""
    value = text(body, name)
    if value is None:
        return None
    if len(value) > _MAX_ID_LENGTH or not value.replace("-", "").isalnum() or not value.isascii():
        raise FlinksReplyUnreadable(f"{name} is not an id")
    return value


def _status(http_status: int, body: Mapping[str, Any]) -> int:
    """The body's own status wins; a challenge is a challenge whatever the numbers say [T]."""
    if field(body, "SecurityChallenges"):
        return MFA
    return whole_number(body, "HttpStatusCode") or http_status


def _time(body: Mapping[str, Any], name: str) -> datetime | None:
    """A Flinks time: UTC, mostly without a zone suffix; year 1 means never [D/T]."""
    value = text(body, name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.year == 1:
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FlinksReplyUnreadable(f"{name} is not a time") from None
