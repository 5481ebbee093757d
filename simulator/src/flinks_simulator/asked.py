"""What was requested under each RequestId: its tag and the options of its data calls."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field

from flinks_simulator.options import Options
from flinks_simulator.records import Part


@dataclass
class _Request:
    tag: str | None = None
    options: dict[Part, Options] = field(default_factory=dict)


class Asked:
    """Tags and options by RequestId, for live attempts and data sessions alike."""

    def __init__(self) -> None:
        self._requests: defaultdict[str, _Request] = defaultdict(_Request)
        self._lock = threading.Lock()

    def keep_tag(self, request_id: str, tag: str | None) -> None:
        """Keep the tag that a RequestId's replies and webhooks carry."""
        with self._lock:
            self._requests[request_id].tag = tag

    def tag_of(self, request_id: str) -> str | None:
        """Return the tag of a RequestId."""
        with self._lock:
            return self._requests[request_id].tag

    def keep_options(self, request_id: str, part: Part, options: Options) -> None:
        """Keep the options of a data call for the Async calls that follow it."""
        with self._lock:
            self._requests[request_id].options[part] = options

    def options_of(self, request_id: str, part: Part) -> Options:
        """Return the options of the last data call for a part, or the defaults."""
        with self._lock:
            return self._requests[request_id].options.get(part, Options())
