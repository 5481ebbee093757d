"""The budget of requests to Flinks, one item of the DynamoDB table."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from reconnect.adapters.dynamodb.formats import WRITTEN, reading
from reconnect.adapters.dynamodb.shapes import in_shape
from reconnect.adapters.dynamodb.table import Table
from reconnect.adapters.dynamodb.values import epoch, read_time
from reconnect.model.budget import Budget
from reconnect.model.timestamps import to_iso

_KEY = {"pk": "BUDGET", "sk": "BUDGET"}
# One that nobody has used for this long is removed by TTL; no session waits that long.
_MEMORY = timedelta(days=400)

# Added to, whatever others add at the same time; all else belongs to the clock.
_TAKEN = {"queued", "ahead"}


class DynamoDbBudgets:
    """The port `Budgets`. Taking requests is one atomic update without a condition on what others do, so a thousand
    functions may do it within a second, and the numbers that they get are in one order.
    """

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self._table, self._clock = table, clock

    def get(self) -> Budget | None:
        """Read the item, strongly consistent."""
        item = self._table.read(_KEY)
        return _budget_in(item) if item else None

    def save(self, before: Budget | None, after: Budget) -> Budget | None:
        """Add what was taken; set the clock, if it changed, under the condition that it is the one that was read."""
        taken = {name: _number(getattr(after, name) - (getattr(before, name) if before else 0)) for name in _TAKEN}
        lasting = {"expires_at": epoch(self._clock() + _MEMORY), "fmt": WRITTEN}
        if before is not None and replace(after, queued=before.queued, ahead=before.ahead) == before:
            item = self._update(lasting, taken, "attribute_exists(pk)")
        elif before is None:
            item = self._update({**lasting, **_clock_in(after, 1)}, taken, "attribute_not_exists(pk)")
        else:
            clock = _clock_in(after, before.version + 1)
            item = self._update({**lasting, **clock}, taken, "version = :read", read=before.version)
        return _budget_in(item) if item else None

    def _update(
        self, values: dict[str, Any], taken: dict[str, Decimal], condition: str, **more: Any
    ) -> dict[str, Any] | None:
        settings = ", ".join(f"{name} = :{name}" for name in values)
        additions = ", ".join(f"{name} :{name}" for name in taken)
        return self._table.update(_KEY, f"SET {settings} ADD {additions}", condition, **values, **taken, **more)


def _clock_in(budget: Budget, version: int) -> dict[str, Any]:
    """The attributes of the budget's clock."""
    values = {name: value for name, value in asdict(budget).items() if name not in _TAKEN}
    return {
        **{name: _number(value) if isinstance(value, float | int) else value for name, value in values.items()},
        "since": to_iso(budget.since),
        "refused_at": to_iso(budget.refused_at),
        "version": version,
    }


def _budget_in(item: dict[str, Any]) -> Budget:
    with reading(item):
        since, refused_at = datetime.fromisoformat(item["since"]), read_time(item["refused_at"])
        numbers = {name: float(item[name]) for name in ("done", "queued", "ahead", "people", "refused_rate")}
        return in_shape(Budget(version=int(item["version"]), since=since, refused_at=refused_at, **numbers))


def _number(value: float) -> Decimal:
    return Decimal(str(round(value, 3)))
