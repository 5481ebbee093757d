"""The validated body of `POST /batches/plan`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reconnect.model.batch import Window
from reconnect.model.clock_times import is_on_clock, next_on_clock
from reconnect.model.errors import InvalidRequest
from reconnect.model.frozen import frozen
from reconnect.model.open_request import fault_of

MAX_LOGINS = 1000
MAX_CAP = 1000
MAX_FRESH_HOURS = 720
MAX_ATTEMPT_SECONDS = 3600

# A deadline further away is a mistake: a batch is a night's work.
_LONGEST = timedelta(days=7)
_KEYS = (
    "loginIds",
    "deadline",
    "timeZone",
    "maxPerInstitution",
    "startAt",
    "freshWithinHours",
    "assumedSeconds",
    "includeHopeless",
)
_RANGES = {
    "maxPerInstitution": MAX_CAP,
    "freshWithinHours": MAX_FRESH_HOURS,
}


@frozen
class Lines:
    """The logins of a list. Positions count from 1, as the lines of a file do.

    `login_ids`: each login once, by its first position; `malformed`: what is wrong with the others, by position;
    `duplicates`: the positions of logins that the list has already named.
    """

    login_ids: Mapping[int, str]
    malformed: Mapping[int, str]
    duplicates: tuple[int, ...]

    @classmethod
    def of(cls, values: Iterable[tuple[int, object]]) -> "Lines":
        """Sort out a list: nothing that is wrong with one value touches another one."""
        login_ids: dict[str, tuple[int, str]] = {}
        malformed: dict[int, str] = {}
        duplicates: list[int] = []
        for position, value in values:
            if (fault := fault_of("loginId", value)) is not None or not isinstance(value, str):
                malformed[position] = fault or "must be text"
            elif value.casefold() in login_ids:
                duplicates.append(position)
            else:
                login_ids[value.casefold()] = (position, value)
        return cls(dict(login_ids.values()), malformed, tuple(duplicates))


@frozen
class Terms:
    """What a plan and a batch have in common: their window, which data is fresh enough, and who is left out."""

    window: Window
    fresh_within: timedelta | None
    with_hopeless: bool


@frozen
class BatchRequest:
    """What is to be refreshed by when. `fresh_within`: data of at most this age is fresh enough; None: none is.

    `assumed`: how long an attempt takes where nothing has been learned; None: the service's own assumption.
    `with_hopeless`: also those that would very likely need their user again.
    """

    lines: Lines
    window: Window
    fresh_within: timedelta | None = None
    assumed: timedelta | None = None
    with_hopeless: bool = False

    @classmethod
    def parse(cls, body: object, now: datetime) -> "BatchRequest":
        """Validate a raw body; raise InvalidRequest that names all invalid fields at once.

        Text in `loginIds` that is no LoginId is no reason: it is reported with its position.
        """
        if not isinstance(body, Mapping):
            raise InvalidRequest({"body": 'must be a JSON object such as {"loginIds": ["..."], "deadline": "..."}'})
        unknown = {str(name): f"unknown field; known are {', '.join(_KEYS)}" for name in body.keys() - set(_KEYS)}
        errors: dict[str, str] = {}
        terms = read_terms(body, now, errors)
        if fault := _fault_of_number(body.get("assumedSeconds"), MAX_ATTEMPT_SECONDS):
            errors["assumedSeconds"] = fault
        if fault := _fault_of_list(body.get("loginIds")):
            errors["loginIds"] = fault
        if errors or unknown or terms is None:
            raise InvalidRequest(errors, unknown)
        seconds = body.get("assumedSeconds")
        return cls(
            Lines.of(enumerate(body["loginIds"], 1)),
            terms.window,
            terms.fresh_within,
            timedelta(seconds=int(seconds)) if seconds else None,
            terms.with_hopeless,
        )


def read_terms(body: Mapping[str, Any], now: datetime, errors: dict[str, str]) -> Terms | None:
    """The terms in the body of a plan or a batch; None, with `errors`, if some are invalid."""
    faults = {name: fault for name, most in _RANGES.items() if (fault := _fault_of_number(body.get(name), most))}
    if body.get("maxPerInstitution") is None:
        faults["maxPerInstitution"] = "is required: the most live attempts at one institution"
    if not isinstance(body.get("includeHopeless"), bool | None):
        faults["includeHopeless"] = "must be true or false"
    start_at = max(now, _time(body, "startAt", faults) or now)
    deadline = _deadline(body, start_at, now, faults)
    if deadline is None:
        if "timeZone" not in faults:
            faults.setdefault("deadline", "is required: a time with its offset, such as 2026-03-14T06:00:00-04:00")
    elif not start_at < deadline <= now + _LONGEST:
        faults["deadline"] = "must be after the start, and within the next seven days"
    errors.update(faults)
    if faults or deadline is None:
        return None
    hours = body.get("freshWithinHours")
    return Terms(
        Window(start_at, deadline, int(body["maxPerInstitution"])),
        timedelta(hours=int(hours)) if hours else None,
        bool(body.get("includeHopeless")),
    )


def _fault_of_list(value: object) -> str | None:
    is_right = isinstance(value, list) and 1 <= len(value) <= MAX_LOGINS and all(isinstance(one, str) for one in value)
    return None if is_right else f"must be a list of 1 to {MAX_LOGINS} LoginIds"


def _fault_of_number(value: object, most: int) -> str | None:
    # JSON has one number type: 24.0 is as good as 24.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or (is_number and value % 1 == 0 and 1 <= value <= most):  # type: ignore[operator]
        return None
    return f"must be a whole number from 1 to {most}"


def _deadline(body: Mapping[str, Any], start_at: datetime, now: datetime, errors: dict[str, str]) -> datetime | None:
    """A time with its offset, or the next one after the start at which a clock in the time zone shows it."""
    given, zone = body.get("deadline"), body.get("timeZone")
    if fault := fault_of("timeZone", zone):
        errors["timeZone"] = fault
        return None
    if not isinstance(given, str) or not is_on_clock(given):
        return _time(body, "deadline", errors)
    if zone is None:
        errors["timeZone"] = "is required with a deadline such as 06:00: an IANA time zone such as America/Toronto"
        return None
    return next_on_clock(given, ZoneInfo(zone), start_at) if start_at <= now + _LONGEST else start_at


def _time(body: Mapping[str, Any], name: str, errors: dict[str, str]) -> datetime | None:
    value = body.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        errors[name] = "must be a time with its offset, such as 2026-03-14T06:00:00-04:00"
        return None
