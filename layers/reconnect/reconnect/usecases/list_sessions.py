"""List sessions page by page: the live ones, those that need their user, those that ended without data."""

import base64
import hmac
from dataclasses import dataclass

from reconnect.model.errors import CursorInvalid
from reconnect.model.find_request import ListRequest
from reconnect.model.session import Session
from reconnect.model.signing import Keys, mac
from reconnect.ports import Sessions


@dataclass(frozen=True, slots=True)
class Listed:
    """The sessions of one page, and the cursor of the next; None at the end."""

    sessions: list[Session]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSessions:
    """The use case behind `GET /sessions`."""

    sessions: Sessions
    keys: Keys

    def __call__(self, request: ListRequest) -> Listed:
        """Return one page, which may have fewer sessions than asked for, or none, although there are more.

        It reads one page of an index, and its sessions in one request. Raises CursorInvalid.
        """
        page = self.sessions.page(request.shelf, request.limit, self._opened(request))
        found = [session for session in self.sessions.get_all(page.session_ids) if request.fits(session)]
        return Listed(found, page.last and self._signed(request, page.last))

    def _signed(self, request: ListRequest, last: str) -> str:
        # Signed, so that a caller cannot choose where an index is read, nor go on in another list.
        text = base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")
        return f"{text}.{self._mac(self.keys.known()[0], request, text)}"

    def _opened(self, request: ListRequest) -> str | None:
        if request.cursor is None:
            return None
        text, _, signature = request.cursor.rpartition(".")
        if not any(self._is_ours(keys(), request, text, signature) for keys in (self.keys.known, self.keys.again)):
            raise CursorInvalid("no signature of ours for these filters")
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()

    def _is_ours(self, keys: tuple[bytes, ...], request: ListRequest, text: str, signature: str) -> bool:
        # As bytes: compare_digest refuses a text that is not ASCII, which anyone may send.
        given = signature.encode(errors="replace")
        return any(hmac.compare_digest(given, self._mac(key, request, text).encode()) for key in keys)

    def _mac(self, key: bytes, request: ListRequest, text: str) -> str:
        return mac(key, "cursor", f"{request.filters}\n{text}")
