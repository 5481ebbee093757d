"""What Flinks answered to one call, and what that can mean. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from reconnect.adapters.flinks.fields import field, text, whole_number

_NO_SUCH_CALL = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
# The code for a wrong key is not published, its messages are [D TROUBLE].
_KEY_WORDS = ("auth key", "authorize token", "authentication key")
_REQUEST_UNKNOWN = {"SESSION_NONEXISTENT", "SESSION_EXPIRED"}
_UNKNOWN_CUSTOMER = {"CUSTOMER_NOT_FOUND", "INVALID_LOGIN"}


@dataclass(frozen=True)
class Answer:
    """One HTTP response, with the moments at which the call was sent and its headers had arrived, in UTC."""

    http_status: int
    headers: Mapping[str, str]
    raw: bytes
    sent_at: datetime
    received_at: datetime

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The JSON object; empty if there is none."""
        try:
            body = json.loads(self.raw)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def status(self) -> int:
        """The body's own status, or HTTP's."""
        return self.body_status or self.http_status

    @property
    def body_status(self) -> int | None:
        """The body's own status, if it has one."""
        return whole_number(self.body, "HttpStatusCode")

    @property
    def code(self) -> str:
        """The FlinksCode, or empty."""
        return text(self.body, "FlinksCode") or ""

    @property
    def is_of_flinks(self) -> bool:
        """Whether Flinks itself answered, not a gateway before it."""
        return bool(self.code) or self.body_status is not None

    @property
    def refuses_key(self) -> bool:
        """Whether a key or token was refused or missing."""
        message = (text(self.body, "Message") or "").casefold()
        says_so = self.status == HTTPStatus.UNAUTHORIZED and any(words in message for words in _KEY_WORDS)
        # Gateways that guard an API by its key answer without a FlinksCode.
        is_bare = not self.code and self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        return self.code == "ACCESS_DENIED" or says_so or is_bare

    @property
    def knows_no_such_request(self) -> bool:
        """Whether it looked for the RequestId, and found none."""
        return self.code in _REQUEST_UNKNOWN

    @property
    def knows_no_such_customer(self) -> bool:
        """Whether the customer id is unknown."""
        return self.code in _UNKNOWN_CUSTOMER or (not self.code and self.http_status == HTTPStatus.NOT_FOUND)

    @property
    def knows_no_such_call(self) -> bool:
        """Whether this method and path do not exist."""
        return not self.code and self.http_status in _NO_SUCH_CALL

    @property
    def is_not_available(self) -> bool:
        """Whether Flinks says that the call is not enabled for this instance."""
        return self.code == "METHOD_NOT_AVAILABLE"

    @property
    def says_nothing(self) -> bool:
        """Whether the call was throttled, or Flinks is not well."""
        return self.code == "TOO_MANY_REQUESTS" or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def is_html(self) -> bool:
        """Whether it is a page."""
        kind = self.headers.get("content-type", "")
        return self.http_status == HTTPStatus.OK and kind.startswith("text/html")

    @property
    def skew_bounds(self) -> tuple[timedelta, timedelta] | None:
        """Between which amounts Flinks' clock is ahead; its header has whole seconds."""
        try:
            said = parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (LookupError, ValueError):
            return None
        return said - self.received_at, said + timedelta(seconds=1) - self.sent_at

    def described(self) -> str:
        """The status and code, for people; nothing of the contents."""
        return f"{self.status} {self.code}".strip()

    def field(self, name: str) -> Any:
        """A field of the body, by name in any letter case."""
        return field(self.body, name)
