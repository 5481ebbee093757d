"""What sessions read, kept in memory."""

from datetime import timedelta

from reconnect.model.errors import ResultNotErased, ResultNotStored


class FakeResults:
    """The port `Results`. Set `is_down` and it takes and deletes nothing."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], bytes] = {}
        self.is_down = False

    def keep(self, session_id: str, result_id: str, document: bytes) -> None:
        if self.is_down:
            raise ResultNotStored("down")
        self.documents[session_id, result_id] = document

    def address(self, session_id: str, result_id: str, lifetime: timedelta) -> str:
        return f"https://results.test/{session_id}/{result_id}?lifetime={int(lifetime.total_seconds())}"

    def open(self, address: str) -> bytes:
        """What a browser would get from an address of ours."""
        session_id, result_id = address.partition("?")[0].split("/")[-2:]
        return self.documents[session_id, result_id]

    def discard(self, session_id: str, result_id: str) -> None:
        if self.is_down:
            raise ResultNotErased("down")
        self.documents.pop((session_id, result_id), None)

    def erase(self, session_id: str) -> int:
        mine = [place for place in self.documents if place[0] == session_id]
        for place in mine:
            self.discard(*place)
        return len(mine)
