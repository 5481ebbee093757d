"""List sessions page by page: the live ones, those that need their user, those that ended without data."""

from reconnect.model.find_request import ListRequest
from reconnect.model.frozen import frozen
from reconnect.model.session import Session
from reconnect.model.signing import Keys
from reconnect.ports import Sessions
from reconnect.usecases.signed_cursors import read_cursor, sign_cursor


@frozen
class Listed:
    """The sessions of one page, and the cursor of the next; None at the end."""

    sessions: list[Session]
    cursor: str | None


@frozen(kw_only=True)
class ListSessions:
    """The use case behind `GET /sessions`."""

    sessions: Sessions
    keys: Keys

    def __call__(self, request: ListRequest) -> Listed:
        """Return one page, which may have fewer sessions than asked for, or none, although there are more.

        It reads one page of an index, and its sessions in one request. Raises CursorInvalid.
        """
        after = None if request.cursor is None else read_cursor(self.keys, request.filters, request.cursor)
        page = self.sessions.page(request.shelf, request.limit, after)
        found = [session for session in self.sessions.get_all(page.session_ids) if request.fits(session)]
        return Listed(found, page.last and sign_cursor(self.keys, request.filters, page.last))
