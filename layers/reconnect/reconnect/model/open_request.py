"""The validated fields of `POST /sessions`."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconnect.model.errors import InvalidRequest
from reconnect.model.frozen import frozen
from reconnect.model.options import DEFAULT_OPTIONS, GUID, ReadOptions, unknown_options, validation_errors
from reconnect.model.presence import Presence
from reconnect.model.signing import MAX_LINK_LIFETIME

LANGUAGES = ("en", "fr")
MAX_LINK_LIFETIME_HOURS = MAX_LINK_LIFETIME // timedelta(hours=1)

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# No @, which can disguise the host; no backslash, which a browser reads as a slash.
_RETURN_URL = re.compile(
    r"([Hh][Tt][Tt][Pp][Ss]://[A-Za-z0-9._-]+|[Hh][Tt][Tt][Pp]://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?#][!-\[\]-~]*)?"
)
_MAX_URL_LENGTH = 2048
# What a caller gives to be shown to the user is plain text: letters of Canada's languages, digits and punctuation. So
# no markup, no gap of our sentences, no invisible character, and no address to go to.
_PLAIN = r"[!-;=?A-\[\]-_a-z|~\u00a1-\u00ac\u00ae-\u024f\u1400-\u167f\u2010-\u2027\u20ac\u2122]"
_SHOWN = re.compile(rf"(?!.*://)(?!.*[wW]{{3}}\.){_PLAIN}(([ ]|{_PLAIN}){{0,58}}{_PLAIN})?")
_SHOWN_TO_USER = {"brand_name", "brand_name_french", "reference"}
# Fields that the release before does not know.
_NEW = _SHOWN_TO_USER | {"presence", "user_ref"}
# No space, so that a pasted one is noticed.
_USER_REF = re.compile(r"[!-~]{1,100}")


@frozen
class OpenRequest:
    """A validated request to open a session."""

    login_id: str
    language: str | None = None
    time_zone: str | None = None
    return_url: str | None = None
    correlation_id: str | None = None
    link_lifetime_hours: int | None = None
    brand_name: str | None = None
    brand_name_french: str | None = None
    reference: str | None = None
    presence: Presence | None = None
    user_ref: str | None = None
    options: ReadOptions = DEFAULT_OPTIONS

    @classmethod
    def parse(cls, body: object) -> "OpenRequest":
        """Validate a raw request; raise InvalidRequest that names all invalid fields at once."""
        if not isinstance(body, Mapping):
            raise InvalidRequest({"body": 'must be a JSON object such as {"loginId": "..."}'})
        errors = {name: sentence for name, (_, check) in _FIELDS.items() if (sentence := check(body.get(name)))}
        errors |= validation_errors(body.get("options"))
        known = [*_FIELDS, "options"]
        unknown = {str(name): f"unknown field; known are {', '.join(known)}" for name in body.keys() - set(known)}
        unknown |= unknown_options(body.get("options"))
        if errors or unknown:
            raise InvalidRequest(errors, unknown)
        checked: dict[str, Any] = {attribute: body.get(name) for name, (attribute, _) in _FIELDS.items()}
        hours, presence = checked["link_lifetime_hours"], checked["presence"]
        checked |= {
            "link_lifetime_hours": hours and int(hours),
            "presence": presence and Presence(presence),
            "options": ReadOptions.of(body.get("options")),
        }
        return cls(**checked)

    def to_seal(self) -> dict[str, Any]:
        """Return what an Idempotency-Key stands for. A field that the release before did not know counts only if given,
        so that a request that is repeated during a deployment is the same one.
        """
        return {name: value for name, value in asdict(self).items() if name not in _NEW or value is not None}


def fault_of(field: str, value: object) -> str | None:
    """Say what is wrong with the value of one field of a request; None if nothing is, or if it has none."""
    sentence: str | None = _FIELDS[field][1](value)
    return sentence


def is_shown(value: object) -> bool:
    """Whether a value is text that may be shown to a user: short, of one line, without markup and addresses."""
    return isinstance(value, str) and bool(_SHOWN.fullmatch(value))


def _check_login_id(value: object) -> str | None:
    if value is None:
        return "is required: the LoginId that Flinks gave for this bank connection"
    if not isinstance(value, str) or not GUID.fullmatch(value):
        return "must be a Flinks LoginId, a GUID like 01234567-89ab-cdef-0123-456789abcdef"
    return None


def _check_language(value: object) -> str | None:
    return None if value is None or value in LANGUAGES else f"must be one of {', '.join(LANGUAGES)}"


def _check_time_zone(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _is_time_zone(value)):
        return None
    return "must be an IANA time zone such as America/Toronto"


def _is_time_zone(value: str) -> bool:
    try:
        return bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _check_return_url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _MAX_URL_LENGTH or not _RETURN_URL.fullmatch(value):
        return "must be an absolute https:// URL of at most 2048 characters (http:// only for localhost)"
    return None


def _check_correlation_id(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _CORRELATION_ID.fullmatch(value)):
        return None
    return "must be 1 to 128 letters, digits, dots, colons, hyphens or underscores"


def _check_user_ref(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _USER_REF.fullmatch(value)):
        return None
    return "must be 1 to 100 printable ASCII characters without spaces"


def _check_link_lifetime(value: object) -> str | None:
    # JSON has one number type: 24.0 is as good as 24.
    if value is None or (_is_number(value) and value % 1 == 0 and 1 <= value <= MAX_LINK_LIFETIME_HOURS):
        return None
    return f"must be a whole number of hours from 1 to {MAX_LINK_LIFETIME_HOURS}"


def _check_shown(value: object) -> str | None:
    if value is None or is_shown(value):
        return None
    return (
        "must be 1 to 60 letters, digits, spaces or punctuation marks, without spaces around them; no < > { } \\ ` @, "
        "and no address"
    )


def _check_presence(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value in list(Presence)):
        return None
    return f"must be one of {', '.join(Presence)}"


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FIELDS: dict[str, tuple[str, Any]] = {
    "loginId": ("login_id", _check_login_id),
    "language": ("language", _check_language),
    "timeZone": ("time_zone", _check_time_zone),
    "returnUrl": ("return_url", _check_return_url),
    "correlationId": ("correlation_id", _check_correlation_id),
    "linkLifetimeHours": ("link_lifetime_hours", _check_link_lifetime),
    "brandName": ("brand_name", _check_shown),
    "brandNameFrench": ("brand_name_french", _check_shown),
    "reference": ("reference", _check_shown),
    "presence": ("presence", _check_presence),
    "userRef": ("user_ref", _check_user_ref),
}
