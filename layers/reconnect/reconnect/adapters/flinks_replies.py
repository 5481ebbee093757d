"""Flinks' JSON into the domain's words. Field names match in any letter case: Flinks' own samples mix them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconnect.domain.errors import FlinksReplyUnreadable
from reconnect.domain.outcomes import MFA, OK, FlinksReply
from reconnect.domain.session import Account

_MAX_ID_LENGTH = 64
_MAX_NAME_LENGTH = 80
_CODE = re.compile(r"[A-Z0-9_]{1,64}")

# What DynamoDB keeps of a number; no account has more.
_MAX_DIGITS = 38


def parse_reply(http_status: int, body: object) -> FlinksReply:
    """Read what matters; raise FlinksReplyUnreadable if it is not the shape of a Flinks reply."""
    if not isinstance(body, Mapping):
        raise FlinksReplyUnreadable(f"HTTP {http_status}: a JSON {type(body).__name__} instead of an object")
    login = _field(body, "Login")
    accounts = _field(body, "Accounts")
    return FlinksReply(
        status=_status(http_status, body),
        http_status=http_status,
        code=_code(body),
        request_id=_id(body, "RequestId"),
        last_refresh=_time(login, "LastRefresh") if isinstance(login, Mapping) else None,
        institution_id=_whole_number(body, "InstitutionId"),
        institution=(_text(body, "InstitutionName") or _text(body, "Institution") or "")[:_MAX_NAME_LENGTH] or None,
        accounts=tuple(_account(account) for account in accounts) if isinstance(accounts, list) else None,
    )


def read_token(body: object) -> str | None:
    """The Token of a GenerateAuthorizeToken reply [D TOKEN]."""
    return _text(body, "Token") if isinstance(body, Mapping) else None


@dataclass(frozen=True, slots=True)
class NightlyCard:
    """A login that the nightly refresh left out, and why, in Flinks' words."""

    login_id: str
    last_refresh: datetime | None
    state: str | None
    error_code: str | None


def read_nightly_cards(http_status: int, body: object) -> tuple[NightlyCard, ...]:
    """The IneligibleCards of a GetNightlyRefreshStatus reply; raise FlinksReplyUnreadable if there are none to read."""
    cards = _field(body, "IneligibleCards") if isinstance(body, Mapping) else None
    if http_status != OK or not isinstance(cards, list):
        raise FlinksReplyUnreadable(f"GetNightlyRefreshStatus: HTTP {http_status} without IneligibleCards")
    return tuple(_nightly_card(card) for card in cards)


def _nightly_card(card: object) -> NightlyCard:
    if not isinstance(card, Mapping) or (login_id := _id(card, "LoginId")) is None:
        raise FlinksReplyUnreadable("GetNightlyRefreshStatus: a card without a LoginId")
    return NightlyCard(
        login_id=login_id,
        last_refresh=_time(card, "LastRefreshDate"),
        state=_text(card, "LastRefreshState"),
        error_code=_text(card, "LastRefreshErrorCode"),
    )


def _field(body: Mapping[str, Any], name: str) -> Any:
    if name in body:
        return body[name]
    return next((value for key, value in body.items() if key.casefold() == name.casefold()), None)


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = _field(body, name)
    return value if isinstance(value, str) and value else None


def _code(body: Mapping[str, Any]) -> str:
    """The FlinksCode, or "": it goes into logs and timelines, so it must look like a code."""
    code = _text(body, "FlinksCode") or ""
    return code if _CODE.fullmatch(code) else ""


def _id(body: Mapping[str, Any], name: str) -> str | None:
    """An id that is safe to put into a URL path; Flinks' are GUIDs."""
    value = _text(body, name)
    if value is None:
        return None
    if len(value) > _MAX_ID_LENGTH or not value.replace("-", "").isalnum() or not value.isascii():
        raise FlinksReplyUnreadable(f"{name} is not an id")
    return value


def _whole_number(body: Mapping[str, Any], name: str) -> int | None:
    value = _field(body, name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _status(http_status: int, body: Mapping[str, Any]) -> int:
    """The body's own status wins; a challenge is a challenge whatever the numbers say [T]."""
    if _field(body, "SecurityChallenges"):
        return MFA
    return _whole_number(body, "HttpStatusCode") or http_status


def _time(body: Mapping[str, Any], name: str) -> datetime | None:
    """A Flinks time: UTC, mostly without a zone suffix; year 1 means never [D/T]."""
    value = _text(body, name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.year == 1:
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise FlinksReplyUnreadable(f"{name} is not a time") from None


def _account(account: object) -> Account:
    if not isinstance(account, Mapping) or (account_id := _text(account, "Id")) is None:
        raise FlinksReplyUnreadable("an account without an Id")
    balance, transactions = _field(account, "Balance"), _field(account, "Transactions")
    return Account(
        account_id=account_id,
        title=_text(account, "Title"),
        category=_text(account, "Category"),
        type=_text(account, "Type"),
        currency=_text(account, "Currency"),
        balance=_amount(balance, "Current") if isinstance(balance, Mapping) else None,
        transaction_count=len(transactions) if isinstance(transactions, list) else 0,
    )


def _amount(body: Mapping[str, Any], name: str) -> Decimal | None:
    """Money as Flinks wrote it, digit for digit: it never passes through a float."""
    value = _field(body, name)
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise FlinksReplyUnreadable(f"{name} is not an amount") from None
    if not amount.is_finite() or len(amount.as_tuple().digits) > _MAX_DIGITS or abs(amount.adjusted()) > _MAX_DIGITS:
        raise FlinksReplyUnreadable(f"{name} is not an amount")
    return amount
