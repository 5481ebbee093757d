"""A session's receipt and read options, as parts of its DynamoDB item and back."""

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from reconnect.adapters.dynamodb.values import epoch, read_time, without_none
from reconnect.model.options import DEFAULT_OPTIONS, DaysOfTransactions, ReadOptions
from reconnect.model.receipts import Comparison, Receipt, StoredResult
from reconnect.model.timestamps import to_iso


def receipt_to_map(receipt: Receipt) -> dict[str, Any]:
    """The receipt without empty fields; compact, because it is added last to a record that may be nearly full."""
    comparison = receipt.comparison
    return without_none(
        {
            "fresh": receipt.fresh,
            "last_refresh": to_iso(receipt.last_refresh),
            "accounts": receipt.account_count,
            "transactions": receipt.transaction_count,
            "from": receipt.first_date and receipt.first_date.isoformat(),
            "to": receipt.last_date and receipt.last_date.isoformat(),
            "compared": comparison and [comparison.matched, comparison.new, comparison.missing],
            "result": receipt.result and _result_to_line(receipt.result),
            "warnings": dict(receipt.warnings) or None,
            "missing": dict(receipt.missing) or None,
        }
    )


def receipt_from_map(item: Mapping[str, Any]) -> Receipt:
    """The receipt that `receipt_to_map` wrote."""
    return Receipt(
        fresh=item["fresh"],
        last_refresh=read_time(item.get("last_refresh")),
        account_count=_count(item, "accounts"),
        transaction_count=_count(item, "transactions"),
        first_date=date.fromisoformat(item["from"]) if "from" in item else None,
        last_date=date.fromisoformat(item["to"]) if "to" in item else None,
        comparison=Comparison(*map(int, item["compared"])) if "compared" in item else None,
        result=_result_from_line(item["result"]) if "result" in item else None,
        warnings=_counts(item, "warnings"),
        missing=_counts(item, "missing"),
    )


def _count(item: Mapping[str, Any], name: str) -> int | None:
    return int(item[name]) if name in item else None


def _counts(item: Mapping[str, Any], name: str) -> dict[str, int]:
    return {kind: int(count) for kind, count in item.get(name, {}).items()}


def _result_to_line(result: StoredResult) -> str:
    return f"{_shorten(result.result_id)} {result.size} {_shorten(result.sha256)} {epoch(result.expires_at)}"


def _result_from_line(line: str) -> StoredResult:
    result_id, size, sha256, expires_at = line.split(" ")
    return StoredResult(
        result_id=_lengthen(result_id),
        size=int(size),
        sha256=_lengthen(sha256),
        expires_at=datetime.fromtimestamp(int(expires_at), UTC),
    )


def _shorten(digits: str) -> str:
    """Hexadecimal as base64, a third shorter. Bytes would be shorter, but the table's stream re-encodes them."""
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _lengthen(text: str) -> str:
    return base64.b64decode(text).hex()


def options_to_map(options: ReadOptions) -> dict[str, Any] | None:
    """The options that differ from the defaults; None if none does."""
    days = options.days_of_transactions
    item = {
        "summary_only": options.summary_only or None,
        "days_of_transactions": None if days is DEFAULT_OPTIONS.days_of_transactions else days.value,
        "with_identity": options.with_identity or None,
        "accounts": list(options.accounts) or None,
    }
    return without_none(item) or None


def options_from_map(item: Mapping[str, Any]) -> ReadOptions:
    """The options that `options_to_map` wrote."""
    return ReadOptions(
        summary_only=item.get("summary_only", False),
        days_of_transactions=DaysOfTransactions(item.get("days_of_transactions", DEFAULT_OPTIONS.days_of_transactions)),
        with_identity=item.get("with_identity", False),
        accounts=tuple(item.get("accounts", ())),
    )
