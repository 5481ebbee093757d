"""A record with one damaged attribute is read, or refused with a named error; it never causes another failure."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconnect.adapters.dynamodb.session_items import from_item, to_item
from reconnect.adapters.dynamodb.table import marshal, unmarshal
from reconnect.model.errors import RecordUnreadable
from reconnect.model.workflow_input import workflow_input
from reconnect.runtime.service import Service
from reconnect.views.event_detail import detail
from reconnect.views.session_view import show, summarize
from tests.compat.batch_golden import stored
from tests.compat.golden import golden_files, meaning_of
from tests.fakes.ports import FakePorts
from tests.fakes.settings import a_settings

_GOLDEN = golden_files()["today"]
_SESSIONS = [name for name, golden in _GOLDEN.items() if golden["kind"] == "session"]
_OTHERS = [name for name, golden in _GOLDEN.items() if golden["kind"] not in {"session", "erased"}]
_KEYS = {"pk", "sk"}

# The page depends on the session and the time alone.
_PAGE = Service(FakePorts(), a_settings()).connect_page

_Path = tuple[str | int, ...]


class _Absent:
    """Marks a missing attribute."""


_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**12), 10**12),
        st.text(max_size=12),
        st.sampled_from(["2026-03-14", "2026-03-14T09:26:53", "2026-03-14T09:26:53Z", "2026-03-14T09:26:53+14:00"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=4,
)


def _paths(value: Any, where: _Path = ()) -> list[_Path]:
    """Return the path of every value in an item, except its keys."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    found = [path for key, each in inner if key not in _KEYS for path in _paths(each, (*where, key))]
    return [where, *found] if where else found


def _damaged(name: str, data: st.DataObject) -> dict[str, Any]:
    """Return the item with one value replaced or removed."""
    item = deepcopy(unmarshal(stored(_GOLDEN[name]["item"])))
    *way, last = data.draw(st.sampled_from(_paths(item)))
    place: Any = item
    for key in way:
        place = place[key]
    value = data.draw(_VALUES | st.just(_Absent))
    if value is _Absent:
        del place[last]
    else:
        place[last] = value
    return item


@given(st.sampled_from(_SESSIONS), st.data())
def test_a_session_is_shown_published_and_written_again_or_refused(name: str, data: st.DataObject) -> None:
    item = _damaged(name, data)

    try:
        session = from_item(item)
    except RecordUnreadable:
        return
    views = [show(session), summarize(session), workflow_input(session), detail(session), _PAGE.view(session)]
    assert json.loads(json.dumps(views))
    assert show(from_item(unmarshal(marshal(to_item(session))))) == show(session)


@given(st.sampled_from(_OTHERS), st.data())
def test_any_other_record_is_read_or_refused(name: str, data: st.DataObject) -> None:
    item = marshal(_damaged(name, data))

    assert json.loads(json.dumps(meaning_of({"kind": _GOLDEN[name]["kind"], "item": item})))
