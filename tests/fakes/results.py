"""The results of sessions, in memory."""

from datetime import timedelta

from reconnect.model.errors import ResultNotErased, ResultNotStored


class FakeResults:
    """The port `Results`. Set `is_down` to make every write and deletion fail."""

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
        """What a browser gets from one of our addresses."""
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
