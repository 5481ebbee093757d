"""The fields of a request for a session, as files of logins may spell them."""

import re

_FIELDS = (
    *("loginId", "language", "timeZone", "returnUrl", "correlationId", "userRef", "linkLifetimeHours"),
    *("brandName", "brandNameFrench", "reference", "presence", "options"),
)


def field_of(name: str) -> str | None:
    """The field that a column or a name means, whatever its case, with or without `_`, `-` and spaces; None if none.

    Spreadsheets and databases write `login_id`, `LOGIN-ID` or `Login Id`.
    """
    return _BY_LETTERS.get(_letters(name))


def _letters(name: str) -> str:
    return re.sub(r"[_\-\s]", "", name.casefold())


_BY_LETTERS = {_letters(name): name for name in _FIELDS}
