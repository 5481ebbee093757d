"""How a list of logins of any length is sent: in parts that one request takes."""

import json
from collections.abc import Iterable, Iterator

from reconnect_client.types import AddItemsRequest, OpenRequest

# What the service takes in one request: so many logins, and a body of 512 KiB, of which the settings need some.
MOST_ITEMS = 1000
_MOST_BYTES = 500_000


def parts(items: Iterable[OpenRequest]) -> Iterator[AddItemsRequest]:
    """Yield the items in order, in bodies that one request takes; all but the last have `moreItems`.

    Where nothing but a LoginId is said about any login of a part, the body is the shorter list of them.
    """
    part: list[OpenRequest] = []
    size = 0
    for item in items:
        bytes_more = len(json.dumps(item)) + 2
        if part and (len(part) == MOST_ITEMS or size + bytes_more > _MOST_BYTES):
            yield {**_body(part), "moreItems": True}
            part, size = [], 0
        part.append(item)
        size += bytes_more
    if part:
        yield _body(part)


def length(part: AddItemsRequest) -> int:
    """How many logins a part has."""
    return len(part.get("items") or part.get("loginIds") or ())


def _body(part: list[OpenRequest]) -> AddItemsRequest:
    if all(item.keys() == {"loginId"} for item in part):
        return {"loginIds": [item["loginId"] for item in part]}
    return {"items": part}
