"""List batches page by page, the newest first."""

from reconnect.model.batch_run import BatchRun, Steering
from reconnect.model.frozen import frozen
from reconnect.model.signing import Keys
from reconnect.ports import Batches
from reconnect.usecases.signed_cursors import read_cursor, sign_cursor

_PAGE = 25
_LIST = "batches"


@frozen
class ListedBatches:
    """The batches of one page, each with what is wanted of it, and the cursor of the next page; None at the end."""

    batches: list[tuple[BatchRun, Steering]]
    cursor: str | None


@frozen(kw_only=True)
class ListBatches:
    """The use case behind `GET /batches`."""

    batches: Batches
    keys: Keys

    def __call__(self, after: str | None) -> ListedBatches:
        """Return the page behind a cursor, or the first one. It may be short, or empty, although there are more.

        Raises CursorInvalid.
        """
        before = None if after is None else read_cursor(self.keys, _LIST, after)
        page = self.batches.page(_PAGE, before)
        cursor = page.last and sign_cursor(self.keys, _LIST, page.last)
        return ListedBatches(self.batches.get_all(page.batch_ids), cursor)
