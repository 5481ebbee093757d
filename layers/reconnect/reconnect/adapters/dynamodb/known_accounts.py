"""The known accounts of a login, in its record and in its sessions' records: compact, because writes are billed per
started kilobyte.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

# Per account, in the order of the fingerprints, three base-36 digits: the days since this date, 0 for no day.
_DAY_ZERO = date(1999, 12, 31)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 3


def known_accounts_to_item(known: frozenset[str] | None, newest_days: Mapping[str, date]) -> dict[str, Any]:
    """The fingerprints, and the day of the newest transaction of each account that has one."""
    if not known:
        return {}
    days = "".join(_day_to_text(newest_days.get(account)) for account in sorted(known))
    return {"known_accounts": set(known)} | ({"days": days} if newest_days else {})


def known_accounts_from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that `known_accounts_to_item` wrote; items of older versions have no days."""
    if "known_accounts" not in item:
        return {"known_accounts": None}
    known, text = frozenset(item["known_accounts"]), item.get("days", "")
    days = [_day_from_text(text[start : start + _WIDTH]) for start in range(0, len(text), _WIDTH)]
    # If only one of the two was written, as by an older version, the days match no account.
    paired = zip(sorted(known), days, strict=True) if len(days) == len(known) else ()
    return {"known_accounts": known, "newest_days": {account: day for account, day in paired if day is not None}}


def _day_to_text(day: date | None) -> str:
    # Days before the first are moved to it, days after 2127 to the last.
    number = 0 if day is None else min(max((day - _DAY_ZERO).days, 1), len(_DIGITS) ** _WIDTH - 1)
    digits = []
    for _ in range(_WIDTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _day_from_text(text: str) -> date | None:
    number = int(text, len(_DIGITS))
    return _DAY_ZERO + timedelta(days=number) if number else None
