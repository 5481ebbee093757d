"""The validated bodies of the requests that open, fill and limit a batch."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from reconnect.model.batch_lines import MOST_AT_ONCE
from reconnect.model.batch_request import MAX_CAP, Terms, read_terms
from reconnect.model.errors import InvalidRequest
from reconnect.model.frozen import frozen
from reconnect.model.open_request import is_shown

MAX_KEY_LENGTH = 1024
MAX_BANK_LENGTH = 200
_SOURCE_KEY = re.compile(r"batches/[!-~]+")
_LISTS = ("items", "loginIds")
_ADDED = (*_LISTS, "moreItems")
_TERMS = ("deadline", "timeZone", "maxPerInstitution", "startAt", "freshWithinHours", "includeHopeless")
_KNOWN = (*_ADDED, *_TERMS, "source", "caps", "label")


@frozen
class BatchPart:
    """A part of a batch's list, not yet sorted out. `has_more`: others follow."""

    values: tuple[tuple[int, object], ...]
    has_more: bool

    @classmethod
    def parse(cls, body: object) -> Self:
        """Validate the body of `POST /batches/{batchId}/items`; raise InvalidRequest."""
        given = _object(body)
        errors = _faults_of_part(given)
        if not any(given.get(name) for name in _LISTS):
            errors.setdefault("items", "is required, or loginIds in its place")
        _refuse(given, errors, _ADDED)
        return cls(_values(given), bool(given.get("moreItems")))


@frozen
class BatchOrder:
    """What `POST /batches` asks for. `source_key`: the object that is read in place of a `part`."""

    terms: Terms
    part: BatchPart
    source_key: str | None
    caps: Mapping[str, int]
    label: str | None

    @classmethod
    def parse(cls, body: object, now: datetime) -> Self:
        """Validate a raw body; raise InvalidRequest that names all invalid fields at once."""
        given = _object(body)
        errors = _faults_of_part(given)
        terms = read_terms(given, now, errors)
        source, caps, label = given.get("source"), given.get("caps"), given.get("label")
        if source is not None and not _is_source(source):
            errors["source"] = 'must be an object such as {"key": "batches/tonight.jsonl"}'
        if sum(given.get(name) is not None for name in (*_LISTS, "source")) != 1:
            errors.setdefault("items", "exactly one of items, loginIds and source is required")
        if caps is not None and not (isinstance(caps, Mapping) and all(is_cap(cap) for cap in caps.values())):
            errors["caps"] = f"must be an object with whole numbers from 0 to {MAX_CAP}, by institution"
        if label is not None and not is_shown(label):
            errors["label"] = "must be 1 to 60 letters, digits, spaces or punctuation marks"
        if source is not None and given.get("moreItems"):
            errors["moreItems"] = "is not possible with a source"
        _refuse(given, errors, _KNOWN)
        if terms is None:
            raise InvalidRequest(errors)
        key = source["key"] if source else None
        part = BatchPart(_values(given), bool(given.get("moreItems")))
        return cls(terms, part, key, {bank: int(cap) for bank, cap in (caps or {}).items()}, label)


@frozen
class CapOrder:
    """What `POST /batches/{batchId}/caps` asks for."""

    bank: str
    cap: int

    @classmethod
    def parse(cls, body: object) -> Self:
        """Validate a raw body; raise InvalidRequest."""
        given = _object(body)
        errors: dict[str, str] = {}
        bank = given.get("institution")
        if not isinstance(bank, str) or not 1 <= len(bank) <= MAX_BANK_LENGTH:
            errors["institution"] = "is required: the key of an institution, as the batch shows it"
        if not is_cap(given.get("max")):
            errors["max"] = f"must be a whole number from 0 to {MAX_CAP}"
        _refuse(given, errors, ("institution", "max"))
        return cls(str(bank), int(given["max"]))


def is_cap(value: object) -> bool:
    """Whether a value is a cap, which may be 0. JSON has one number type: 24.0 is as good as 24."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0 and 0 <= value <= MAX_CAP


def _object(body: object) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise InvalidRequest({"body": 'must be a JSON object such as {"loginIds": ["..."], "deadline": "..."}'})
    return body


def _faults_of_part(body: Mapping[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, kind in (("items", Mapping), ("loginIds", str)):
        value = body.get(name)
        if value is not None and not _is_list(value, kind):
            errors[name] = f"must be a list of 1 to {MOST_AT_ONCE}"
    if not isinstance(body.get("moreItems"), bool | None):
        errors["moreItems"] = "must be true or false"
    if body.get("items") is not None and body.get("loginIds") is not None:
        errors["items"] = "cannot come with loginIds"
    return errors


def _is_list(value: object, kind: type) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= MOST_AT_ONCE and all(isinstance(each, kind) for each in value)


def _is_source(value: object) -> bool:
    if not isinstance(value, Mapping) or value.keys() != {"key"} or not isinstance(value["key"], str):
        return False
    return len(value["key"]) <= MAX_KEY_LENGTH and bool(_SOURCE_KEY.fullmatch(value["key"]))


def _values(body: Mapping[str, Any]) -> tuple[tuple[int, object], ...]:
    return tuple(enumerate(body.get("items") or body.get("loginIds") or (), 1))


def _refuse(body: Mapping[str, Any], errors: dict[str, str], known: Iterable[str]) -> None:
    known = list(known)
    unknown = {str(name): f"unknown field; known are {', '.join(known)}" for name in body.keys() - set(known)}
    if errors or unknown:
        raise InvalidRequest(errors, unknown)
