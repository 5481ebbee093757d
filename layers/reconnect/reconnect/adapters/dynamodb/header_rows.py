"""The header of a batch as an item of the DynamoDB table, and back. What grows with the institutions is packed."""

import json
import zlib
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from reconnect.adapters.dynamodb.formats import check_format, in_format, reading
from reconnect.adapters.dynamodb.institution_items import institution_from_map, institution_to_map
from reconnect.adapters.dynamodb.item_rows import partition
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Item as Row
from reconnect.adapters.dynamodb.values import epoch, from_micros, read_micros, without_none, write_micros
from reconnect.model.batch import Window
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Loading, Source, Steering, Wanted

# The partition of the list of all batches; no batch has this id.
LIST = partition("ALL")


def header_key(batch_id: str) -> dict[str, str]:
    """The key of a batch's header."""
    return {"pk": partition(batch_id), "sk": "BATCH"}


def steering_key(batch_id: str) -> dict[str, str]:
    """The key of what is wanted of a batch."""
    return {"pk": partition(batch_id), "sk": "STEERING"}


def listing_key(run: BatchRun) -> dict[str, str]:
    """The key of a batch's row in the list of all batches, which is sorted by when they were opened."""
    # Of equal length, so that the order of the texts is that of the times.
    return {"pk": LIST, "sk": f"{write_micros(run.created_at):016}#{run.batch_id}"}


def listing_row(run: BatchRun, retention: timedelta) -> Row:
    """A row of the list, which only leads to the header, and lives as long."""
    return in_format({**listing_key(run), "expires_at": _ends_at(run, retention)})


def header_row(run: BatchRun, retention: timedelta) -> Row:
    """A header as a row, which lives as long after the deadline as results do."""
    packed = {
        "banks": {key: _bank_to_map(each) for key, each in run.banks.items()},
        "skipped": dict(run.skipped),
        "faults": [list(each) for each in run.faults],
        "parts": sorted(run.parts),
        "settling": sorted(run.settling),
    }
    row = {
        **header_key(run.batch_id),
        "asked": run.asked,
        "created_at": write_micros(run.created_at),
        "start_at": write_micros(run.window.start_at),
        "deadline": write_micros(run.window.deadline),
        "cap": run.window.cap,
        "run_status": run.status.value,
        "label": run.label,
        "fresh_within": None if run.fresh_within is None else int(run.fresh_within.total_seconds()),
        "with_hopeless": run.with_hopeless or None,
        "source": _source_to_map(run.source),
        "items": run.items,
        "duplicates": run.duplicates or None,
        "malformed": run.malformed or None,
        "packed": zlib.compress(json.dumps(packed, separators=(",", ":")).encode()),
        "loading": {"part": run.loading.part, "until": write_micros(run.loading.until)} if run.loading else None,
        "execution": run.execution or None,
        "ticked_at": write_micros(run.ticked_at),
        "finished_at": write_micros(run.finished_at),
        "report_key": run.report_key,
        "failure": run.failure,
        "version": run.version,
        "expires_at": _ends_at(run, retention),
    }
    return in_format(without_none(row))


def header_in(row: Row) -> BatchRun:
    """The header that a row holds."""
    check_format(row)
    with reading(row):
        packed = _unpack(bytes(row["packed"]))
        loading, fresh = row.get("loading"), row.get("fresh_within")
        return in_shape(
            BatchRun(
                batch_id=row["pk"].partition("#")[2],
                asked=row["asked"],
                created_at=from_micros(row["created_at"]),
                window=Window(from_micros(row["start_at"]), from_micros(row["deadline"]), int(row["cap"])),
                status=BatchStatus(row["run_status"]),
                label=row.get("label"),
                fresh_within=None if fresh is None else timedelta(seconds=int(fresh)),
                with_hopeless=bool(row.get("with_hopeless", False)),
                source=_source_from_map(row.get("source")),
                banks={key: _bank_from_map(each) for key, each in packed["banks"].items()},
                items=int(row["items"]),
                duplicates=int(row.get("duplicates", 0)),
                malformed=int(row.get("malformed", 0)),
                skipped=packed["skipped"],
                faults=tuple((int(line), fault) for line, fault in packed["faults"]),
                parts=frozenset(packed["parts"]),
                loading=Loading(loading["part"], from_micros(loading["until"])) if loading else None,
                settling=frozenset(packed["settling"]),
                execution=int(row.get("execution", 0)),
                ticked_at=read_micros(row.get("ticked_at")),
                finished_at=read_micros(row.get("finished_at")),
                report_key=row.get("report_key"),
                failure=row.get("failure"),
                version=int(row["version"]),
            )
        )


def steering_row(steering: Steering, ends_at: int | None) -> Row:
    """What is wanted of a batch, as a row."""
    row = {
        **steering_key(steering.batch_id),
        "wanted": steering.wanted.value,
        "caps": dict(steering.caps),
        "version": steering.version,
        "expires_at": ends_at,
    }
    return in_format(without_none(row))


def steering_in(row: Row) -> Steering:
    """What a row says is wanted."""
    check_format(row)
    with reading(row):
        caps = {key: int(cap) for key, cap in row["caps"].items()}
        batch_id = row["pk"].partition("#")[2]
        return in_shape(Steering(batch_id, Wanted(row["wanted"]), caps, int(row["version"])))


def _ends_at(run: BatchRun, retention: timedelta) -> int:
    return epoch(run.window.deadline + retention)


def _unpack(packed: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(zlib.decompress(packed))
    except zlib.error as broken:
        raise ValueError("not compressed") from broken
    return found


def _bank_to_map(bank: BankProgress) -> dict[str, Any]:
    numbers = {name: value for name, value in asdict(bank).items() if value and name != "institution"}
    return without_none({**numbers, "institution": institution_to_map(bank.institution)})


def _bank_from_map(given: dict[str, Any]) -> BankProgress:
    return BankProgress(**{**given, "institution": institution_from_map(given.get("institution"))})


def _source_to_map(source: Source | None) -> dict[str, Any] | None:
    return None if source is None else {**asdict(source), "columns": list(source.columns)}


def _source_from_map(given: dict[str, Any] | None) -> Source | None:
    if given is None:
        return None
    numbers = {name: int(given[name]) for name in ("offset", "line")}
    return Source(**{**given, **numbers, "columns": tuple(given["columns"])})
