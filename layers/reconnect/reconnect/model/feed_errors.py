"""What can go wrong when the feed of events is read; the tree of all errors is in `model/errors.py`."""

from reconnect.model.errors import ReconnectError


class CursorExpired(ReconnectError):
    """A cursor of the feed of events is older than the events that are kept."""


class FeedOff(ReconnectError):
    """The deployer did not ask for the feed of events (EventFeed)."""
