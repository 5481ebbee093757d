"""Parse Flinks' JSON into the model's types. Field names match in any letter case: Flinks' own samples mix them."""

import re
from collections.abc import Mapping
from typing import Any

from reconnect.adapters.flinks.accounts import AccountReader
from reconnect.adapters.flinks.fields import field, has_field, is_never, read_moment, text, whole_number
from reconnect.model.errors import FlinksReplyUnreadable
from reconnect.model.outcomes import DONE, MFA, FlinksReply, known_as
from reconnect.model.receipts import Oddity

_MAX_ID_LENGTH = 64
_MAX_NAME_LENGTH = 80
_MAX_NUMBER = 2**31 - 1
_STATUSES = range(100, 600)
# No digits, as in all codes that are known: a number there could be an account's, and codes are logged.
_CODE = re.compile(r"[A-Z_]{1,64}")


def parse_reply(http_status: int, body: object) -> FlinksReply:
    """Read the parts that we use. An unreadable field counts as absent.

    Raises FlinksReplyUnreadable if the body is not an object.
    """
    if not isinstance(body, Mapping):
        raise FlinksReplyUnreadable(f"HTTP {http_status}: a JSON {type(body).__name__} instead of an object")
    status = _status(http_status, body)
    is_data = status in DONE and has_field(body, "Accounts")
    reader = AccountReader()
    accounts = reader.read(field(body, "Accounts")) if is_data else None
    login = field(body, "Login")
    reader.oddities[Oddity.LOGIN_UNREADABLE] += _is_odd(login)
    login = login if isinstance(login, Mapping) else {}
    login_id, *others = [*_login_ids(login, body), None]
    return FlinksReply(
        status=status,
        http_status=http_status,
        code=_code(body),
        request_id=_id(body, "RequestId"),
        last_refresh=read_moment(field(login, "LastRefresh")),
        is_never_refreshed=is_never(field(login, "LastRefresh")),
        login_id=login_id,
        other_login_ids=tuple(filter(None, others)),
        institution_id=_institution_id(body),
        institution=_institution(body),
        accounts=accounts,
        warnings=dict(sorted((+reader.oddities).items())),
    )


def _is_odd(login: object) -> bool:
    """Whether a Login holds something unreadable."""
    if not isinstance(login, Mapping):
        return login is not None
    written = field(login, "LastRefresh")
    is_said = written not in (None, "") and not is_never(written)
    return is_said and read_moment(written) is None


def _login_ids(login: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    """All LoginIds in the reply, each once."""
    said = (text(login, "Id"), text(login, "LoginId"), text(body, "LoginId"))
    return list(dict.fromkeys(each for each in said if each is not None))


def _institution(body: Mapping[str, Any]) -> str | None:
    """The bank's name, shortened; some replies wrap it into an object."""
    institution = field(body, "Institution")
    wrapped = text(institution, "Name") if isinstance(institution, Mapping) else None
    name = text(body, "InstitutionName") or text(body, "Institution") or wrapped or ""
    # JSON may hold half of a surrogate pair, which cannot be stored.
    return name.encode(errors="replace").decode()[:_MAX_NAME_LENGTH] or None


def _institution_id(body: Mapping[str, Any]) -> int | None:
    number = whole_number(body, "InstitutionId")
    return number if number is not None and 0 <= number <= _MAX_NUMBER else None


def read_token(body: object) -> str | None:
    """The Token of a GenerateAuthorizeToken reply [D TOKEN]."""
    return text(body, "Token") if isinstance(body, Mapping) else None


def _code(body: Mapping[str, Any]) -> str:
    """The FlinksCode, or "" if it does not look like a code: it goes into logs and timelines. Flinks' pages and its SDK
    spell some known codes with blanks between or after the words.
    """
    given = text(body, "FlinksCode") or ""
    code = given.strip(" ").replace(" ", "_")
    return code if _CODE.fullmatch(code) and (code == given or known_as(code)) else ""


def _id(body: Mapping[str, Any], name: str) -> str | None:
    """An id that is safe in a URL path (Flinks' ids are GUIDs), otherwise None."""
    value = text(body, name)
    if value is None or len(value) > _MAX_ID_LENGTH or not value.replace("-", "").isalnum() or not value.isascii():
        return None
    return value


def _status(http_status: int, body: Mapping[str, Any]) -> int:
    """The body's own status, if it has one; challenges always mean MFA, whatever the status is [T]."""
    if field(body, "SecurityChallenges"):
        return MFA
    status = whole_number(body, "HttpStatusCode")
    return status if status is not None and status in _STATUSES else http_status
