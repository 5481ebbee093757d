"""How a batch is shown to people: what changed since the last view, and a table of its institutions."""

from collections.abc import Iterator, Mapping

import click

from reconnect_cli.display import bank_of, moment
from reconnect_client.types import Batch, BatchInstitution, ListedBatch

_LIVE = frozenset({"LOADING", "RUNNING", "PAUSED", "STOPPING"})


def show_batch(batch: Batch) -> None:
    """Print a batch with its institutions, its endings and what was left out."""
    show_summary(batch)
    show_details(batch)


def show_details(batch: Batch) -> None:
    """Print the institutions of a batch, its endings and what was left out."""
    for each in batch["institutions"]:
        click.echo(f"  {_institution_line(each)}")
    if batch["endings"]:
        click.echo(f"endings: {_counts(batch['endings'])}")
    if batch["skipped"]:
        click.echo(f"left out: {_counts(batch['skipped'])}")
    for line in batch["malformed"]:
        click.echo(f"line {line['line']}: {line['fault']}")
    if batch["report"]:
        click.echo(f"report: reconnect batch report {batch['batchId']}")


def show_summary(batch: Batch) -> None:
    """Print the state of a batch in one line."""
    label = f" ({batch['label']})" if batch["label"] else ""
    click.echo(f"batch {batch['batchId']}{label}: {_summary(batch, batch['endsAt'])}")


def show_listed(batch: ListedBatch) -> None:
    """Print a batch of a list in one line."""
    label = f" ({batch['label']})" if batch["label"] else ""
    click.echo(
        f"{batch['batchId']}{label}  opened {moment(batch['createdAt'])}  {_summary(batch, batch['finishedAt'])}"
    )


class Changes:
    """What is new in each view of a batch: its status, a percent more of its logins, a breaker or a cap."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._last: tuple[str, int] | None = None
        self._banks: dict[str, tuple[str, int]] = {}

    def has_seen(self, batch_id: str) -> bool:
        """Whether a view of the batch was shown."""
        return batch_id in self._seen

    def since_last(self, batch: Batch) -> Iterator[str]:
        """Yield a line for each change."""
        self._seen.add(batch["batchId"])
        now = (batch["status"], _percent(batch))
        if now != self._last:
            self._last = now
            yield f"{now[1]:3} %  {_summary(batch, batch['endsAt'])}"
        for each in batch["institutions"]:
            state = (each["breaker"] or "closed", each["cap"])
            before = self._banks.get(each["key"])
            self._banks[each["key"]] = state
            if before is not None and before != state:
                yield f"       {_bank(each)}: cap {state[1]}, breaker {state[0]}"


def _summary(batch: Batch | ListedBatch, ends_at: str | None) -> str:
    totals, status = batch["totals"], batch["status"]
    counts = {
        "ended otherwise": totals["ended"] - totals["succeeded"],
        "wait for their user": totals["parked"],
        "left out": totals["skipped"],
        "live": totals["live"],
        "queued": totals["queued"],
        "not started": totals["notStarted"],
    }
    parts = [f"{totals['succeeded']:,} fresh", *(f"{count:,} {what}" for what, count in counts.items() if count)]
    ends = f"done {'about ' if status in _LIVE else ''}{moment(ends_at)}, " if ends_at else ""
    failure = f" ({batch['failureCode']})" if batch["failureCode"] else ""
    return f"{status}{failure}: {', '.join(parts)}; {ends}deadline {moment(batch['deadline'])}, ${batch['dollars']:.2f}"


def _percent(batch: Batch) -> int:
    totals = batch["totals"]
    done = totals["skipped"] + totals["parked"] + totals["ended"] + totals["notStarted"]
    whole = done + totals["queued"] + totals["live"]
    return 100 * done // whole if whole else 0


def _institution_line(each: BatchInstitution) -> str:
    facts = [
        f"{each['queued']:,} queued",
        f"{each['live']:,} live of {each['cap']}",
        f"{each['parked']:,} parked",
        f"{each['ended']:,} ended" + (f" ({_counts(each['endings'])})" if each["endings"] else ""),
        *([f"breaker {each['breaker']}"] if each["breaker"] not in {None, "closed"} else []),
        *([f"done {moment(each['endsAt'])}"] if each["endsAt"] else []),
    ]
    return f"{_bank(each)} [{each['key']}]: {', '.join(facts)}"


def _bank(each: BatchInstitution) -> str:
    return bank_of(each) or "bank not known yet"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items(), key=lambda each: -each[1]))
