"""The validated bodies and queries by which support finds sessions."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from reconnect.model.errors import InvalidRequest
from reconnect.model.frozen import frozen
from reconnect.model.health import WINDOW_NAMES
from reconnect.model.open_request import fault_of
from reconnect.model.session import WAITING, Session, Status
from reconnect.model.shelves import LIVE_SESSIONS, NEEDS_USER, UNHAPPY, Shelf, bank_key, bank_of, ended_on

_KEYS = {"loginId": "login_id", "userRef": "user_ref", "correlationId": "correlation_id"}
_FILTERS = ("needs", "status", "institution", "endedOn", "limit", "cursor")
_LIVE = frozenset(status for status in Status if not status.is_terminal)
DEFAULT_LIMIT, MAX_LIMIT = 50, 100
_LONGEST_NAME, LONGEST_CURSOR = 200, 2048
# No record of a session is older: a link lives for 30 days at most, and its record for 31 more.
_OLDEST = timedelta(days=62)


@frozen
class FindRequest:
    """By what a login is found: exactly one of these is given."""

    login_id: str | None = None
    user_ref: str | None = None
    correlation_id: str | None = None

    @classmethod
    def parse(cls, body: object) -> "FindRequest":
        """Validate a raw body; raise InvalidRequest that names all invalid fields at once."""
        if not isinstance(body, Mapping):
            raise InvalidRequest({"body": 'must be a JSON object such as {"loginId": "..."}'})
        known = ", ".join(_KEYS)
        unknown = {str(name): f"unknown field; known are {known}" for name in body.keys() - _KEYS.keys()}
        given = {name: body[name] for name in _KEYS if body.get(name) is not None}
        errors = {name: fault for name, value in given.items() if (fault := fault_of(name, value))}
        if len(given) != 1:
            errors["body"] = f"must have exactly one of {known}"
        if errors or unknown:
            raise InvalidRequest(errors, unknown)
        return cls(**{_KEYS[name]: value for name, value in given.items()})


@frozen
class ListRequest:
    """Which sessions are listed: those on a shelf, in one of these statuses, of a bank; and which page of them."""

    shelf: Shelf
    statuses: frozenset[Status]
    bank: str | None
    limit: int
    cursor: str | None

    @classmethod
    def parse(cls, query: Mapping[str, str], today: date) -> "ListRequest":
        """Validate a raw query; raise InvalidRequest that names all invalid parameters at once."""
        unknown = {name: f"unknown; known are {', '.join(_FILTERS)}" for name in query.keys() - set(_FILTERS)}
        errors = {name: fault for name, check in _CHECKS.items() if name in query and (fault := check(query[name]))}
        day = _day(query.get("endedOn"), today, errors)
        statuses = {Status(query["status"])} if "status" in query and "status" not in errors else None
        if query.get("needs") and statuses and not statuses <= WAITING:
            errors["needs"] = f"cannot be combined with this status, only with {_names(WAITING)}"
        if "endedOn" in query and (query.get("needs") or (statuses and not statuses <= UNHAPPY)):
            errors["endedOn"] = f"can be combined only with the status {_names(UNHAPPY)}"
        if errors or unknown:
            raise InvalidRequest(errors, unknown)
        bank = bank_key(query["institution"]) if "institution" in query else None
        if day is not None and (statuses or "endedOn" in query) and (statuses or UNHAPPY) <= UNHAPPY:
            shelf, among = Shelf(ended_on(day), bank), UNHAPPY
        elif query.get("needs") or (statuses or _LIVE) <= WAITING:
            shelf, among = Shelf(NEEDS_USER, bank), WAITING
        else:
            shelf, among = LIVE_SESSIONS, _LIVE
        chosen = frozenset(statuses or among)
        return cls(shelf, chosen, bank, int(query.get("limit", DEFAULT_LIMIT)), query.get("cursor"))

    def fits(self, session: Session) -> bool:
        """Whether a session is still one of those that are asked for."""
        return session.status in self.statuses and (self.bank is None or bank_of(session) == self.bank)

    @property
    def filters(self) -> str:
        """What a cursor of this list belongs to, as text."""
        return " ".join(
            [self.shelf.name or "", *sorted(self.statuses), f"#{self.bank}" if self.bank is not None else ""]
        )


def read_lifetime(body: object) -> int:
    """The hours of `{"linkLifetimeHours": hours}`, counted from the session's opening; raise InvalidRequest."""
    name = "linkLifetimeHours"
    if not isinstance(body, Mapping):
        raise InvalidRequest({"body": f'must be a JSON object such as {{"{name}": 336}}'})
    unknown = {str(each): f"unknown field; known is {name}" for each in body.keys() - {name}}
    fault = fault_of(name, body.get(name)) or ("is required" if body.get(name) is None else None)
    if fault or unknown:
        raise InvalidRequest({name: fault} if fault else {}, unknown)
    return int(body[name])


def read_list_cursor(query: Mapping[str, str]) -> str | None:
    """The cursor in `{"cursor": cursor}`, the query of a list without filters; raise InvalidRequest."""
    unknown = dict.fromkeys(query.keys() - {"cursor"}, "unknown; known is cursor")
    cursor = query.get("cursor")
    fault = None if cursor is None else _CHECKS["cursor"](cursor)
    if fault or unknown:
        raise InvalidRequest({"cursor": fault} if fault else {}, unknown)
    return cursor


def read_window(query: Mapping[str, str]) -> str:
    """The name of the window in `{"window": name}`, or the shortest; raise InvalidRequest."""
    unknown = dict.fromkeys(query.keys() - {"window"}, "unknown; known is window")
    window = query.get("window", WINDOW_NAMES[0])
    errors = {} if window in WINDOW_NAMES else {"window": f"must be one of {', '.join(WINDOW_NAMES)}"}
    if errors or unknown:
        raise InvalidRequest(errors, unknown)
    return window


def _names(statuses: frozenset[Status]) -> str:
    return ", ".join(sorted(statuses))


def _check_status(value: str) -> str | None:
    listed = _LIVE | UNHAPPY
    if value in listed:
        return None
    return f"must be one of {_names(listed)}; sessions that ended otherwise are found by their login"


def _check_institution(value: str) -> str | None:
    return None if 1 <= len(value) <= _LONGEST_NAME else f"must have 1 to {_LONGEST_NAME} characters"


def check_limit(value: str) -> str | None:
    """What is wrong with the number of entries that a page shall have; None if nothing is."""
    # int() takes digits of every alphabet, and sizes that no list has.
    is_number = value.isascii() and value.isdecimal() and len(value) <= len(str(MAX_LIMIT))
    return None if is_number and 1 <= int(value) <= MAX_LIMIT else f"must be a whole number from 1 to {MAX_LIMIT}"


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "needs": lambda value: None if value == "user" else "must be user",
    "status": _check_status,
    "institution": _check_institution,
    "limit": check_limit,
    "cursor": lambda value: None if 1 <= len(value) <= LONGEST_CURSOR else "is not one that this service made",
}


def _day(value: str | None, today: date, errors: dict[str, str]) -> date | None:
    if value is None:
        return today
    try:
        day = date.fromisoformat(value)
    except ValueError:
        errors["endedOn"] = "must be one day (UTC), such as 2026-03-14"
        return None
    if not today - _OLDEST <= day <= today:
        errors["endedOn"] = f"must be a day within the last {_OLDEST.days}"
    return day
