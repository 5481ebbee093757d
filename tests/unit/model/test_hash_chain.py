"""Evidence: any changed byte is found, and the first part that does not fit is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconnect.model.hash_chain import Changed, chain, check, to_file
from tests.unit.tampering import TRIES, files, found, tamperings

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_PART = st.dictionaries(st.text(max_size=6).filter(lambda name: name not in {"sha256", "format"}), _VALUES, max_size=4)


def three_entries() -> dict[str, Any]:
    return chain({"kind": "session"}, [{"number": number} for number in (1, 2, 3)])


def fault_of(document: Any) -> str:
    with pytest.raises(Changed) as fault:
        check(to_file(document))
    return str(fault.value)


@given(header=_PART, entries=st.lists(_PART, max_size=4))
def test_an_untouched_file_is_accepted(header: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    document = chain(header, entries)

    assert check(to_file(document)) == document


@given(data=st.data())
def test_any_replaced_byte_is_found(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(files()))
    at = data.draw(st.integers(0, len(original) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != original[at]))

    assert found(original[:at] + bytes([byte]) + original[at + 1 :])


def test_a_sample_of_ten_thousand_tamperings_is_found() -> None:
    assert [tampered for tampered in tamperings(TRIES // 20) if not found(tampered)] == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_first_entry_that_does_not_fit_is_named(number: int) -> None:
    document = three_entries()
    document["entries"][number - 1]["number"] = "another"

    assert fault_of(document) == f"entry {number} is not as it was written"


def test_a_changed_header_is_named() -> None:
    document = three_entries()
    document["header"]["kind"] = "erasure"

    assert "the header" in fault_of(document)


def test_entries_that_were_cut_off_the_end_are_missed() -> None:
    document = three_entries()
    document["entries"].pop()

    assert "the digest at the end" in fault_of(document)


def test_entries_that_changed_places_are_found() -> None:
    document = three_entries()
    document["entries"][1:] = reversed(document["entries"][1:])

    assert "entry 2" in fault_of(document)


def test_a_value_that_only_looks_the_same_is_found() -> None:
    written = to_file(chain({}, [{"count": 1}])).replace(b'"count": 1', b'"count": 1.0')

    assert found(written)


def test_a_second_field_of_the_same_name_is_found() -> None:
    written = to_file(chain({}, [{"count": 1}])).replace(b'"count": 1', b'"count": 2,\n      "count": 1')

    with pytest.raises(Changed, match="line 4 is written differently"):
        check(written)


@pytest.mark.parametrize("written", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, json.dumps({"entries": []}).encode()])
def test_what_is_no_evidence_is_refused(written: bytes) -> None:
    assert found(written)
