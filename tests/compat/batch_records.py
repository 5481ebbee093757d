"""Sample records of batches, of institutions and of the feed, with every optional part."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reconnect.model.bank_health import BankHealth, BankVerdict
from reconnect.model.batch import Window
from reconnect.model.batch_items import Item, ItemEnd, ItemState, Lease, first_place, later_place
from reconnect.model.batch_run import BankProgress, BatchRun, BatchStatus, Loading, Source, Steering, Wanted
from reconnect.model.feed import FeedEvent
from reconnect.model.institution import Institution
from reconnect.model.learned_cap import LearnedCap

NOW = datetime(2026, 3, 14, 9, 26, 53, 589000, UTC)
BATCH_ID, SESSION_ID = "fedcba9876543210fedcba9876543210", "0123456789abcdef0123456789abcdef"
BANK, DIGEST = "14", "0123456789abcdef01234567"


@dataclass(frozen=True)
class Place:
    """The row of an item's place in its queue."""

    item: Item


@dataclass(frozen=True)
class Listed:
    """The row of the list of batches that leads to this one."""

    run: BatchRun


BatchRecord = BatchRun | Steering | Item | Place | Listed | Lease | BankHealth | LearnedCap | FeedEvent


def batch_records() -> dict[str, BatchRecord]:
    """Return every record by its name."""
    return {**_headers(), **_items(), **_institutions(), "event in the feed": _event()}


def a_run() -> BatchRun:
    """A batch that was just opened."""
    return BatchRun(
        batch_id=BATCH_ID, asked="a-seal", created_at=NOW, window=Window(NOW, NOW + timedelta(hours=6), 60), version=1
    )


def _headers() -> dict[str, BatchRecord]:
    run = a_run()
    bank = BankProgress(
        institution=Institution(14, "FlinksCapital"),
        open=5,
        live=2,
        parked=1,
        ended=3,
        succeeded=2,
        not_started=1,
        endings={"SUCCEEDED": 2, "RETRY_LATER": 1},
        cursor=first_place(NOW, DIGEST),
        cap=60,
        breaker="open",
        seconds=90,
        samples=3,
    )
    loading = replace(
        run,
        source=Source("batches/tonight.csv", '"an-etag"', 262_144, 4_711, ("loginId", "userRef"), is_cut=True),
        loading=Loading("@262144", NOW + timedelta(seconds=60)),
        label="Nuit d'été",
        fresh_within=timedelta(hours=24),
        with_hopeless=True,
        items=12,
        duplicates=1,
        malformed=2,
        skipped={"fresh": 1},
        faults=((5, "must be a Flinks LoginId"), (6, "is too long")),
        parts=frozenset({"first", "a-part"}),
    )
    running = replace(
        loading,
        status=BatchStatus.RUNNING,
        loading=None,
        banks={BANK: bank, "unknown": BankProgress(open=1)},
        settling=frozenset({f"{DIGEST}#1"}),
        execution=2,
        ticked_at=NOW + timedelta(minutes=5),
    )
    over = replace(running, finished_at=NOW + timedelta(hours=2), settling=frozenset())
    reported = replace(over, report_key=f"batches/{BATCH_ID}/report.jsonl")
    return {
        "batch opened": run,
        "batch loading": loading,
        "batch running": running,
        "batch finished": replace(reported, status=BatchStatus.FINISHED),
        "batch stopped": replace(reported, status=BatchStatus.STOPPED),
        "batch failed": replace(over, status=BatchStatus.FAILED, failure="SOURCE_CHANGED"),
        "batch that goes on": Steering(BATCH_ID, version=1),
        "batch that pauses": Steering(BATCH_ID, Wanted.PAUSE, {BANK: 3}, version=1),
        "batch that stops": Steering(BATCH_ID, Wanted.STOP, {BANK: 0}, version=1),
        "batch in the list": Listed(a_run()),
    }


def _items() -> dict[str, BatchRecord]:
    request = {"loginId": "5e115eb7-94b4-4b19-9a0a-1d0d71b00001", "language": "fr", "reference": "Prêt 1234"}
    queued = Item(
        BATCH_ID, DIGEST, BANK, "first", True, first_place(NOW, DIGEST), request=request, correlation_id="order-1"
    )
    again = replace(queued, place=later_place(NOW, DIGEST, ""), tries=2, known=False)
    ended = ItemEnd(
        ItemState.ENDED, "SUCCEEDED", "nobody", "SUCCEEDED", True, NOW, SESSION_ID, succeeded=True, seconds=34
    )
    over = replace(queued, request=None)
    return {
        "item queued": queued,
        "item queued again": again,
        "item whose login needs no user": replace(queued, succeeds_alone=True),
        "item whose login was erased": over,
        "item skipped": replace(over, place="", end=ItemEnd(ItemState.SKIPPED, "fresh", last_refresh=NOW)),
        "item ended": replace(over, end=ended),
        "item parked": replace(over, end=ItemEnd(ItemState.PARKED, "PARKED", "user", "AWAITING_CLICK", asked=True)),
        "item erased": replace(over, end=ItemEnd(ItemState.ERASED, "LOGIN_ERASED")),
        "item not started": replace(over, end=ItemEnd(ItemState.NOT_STARTED, "LOCKOUT_GUARD")),
        "place in a queue": Place(queued),
        "place of an item that waits": Place(again),
        "lease": Lease(BANK, BATCH_ID, DIGEST, SESSION_ID, 2, NOW),
    }


def _institutions() -> dict[str, BatchRecord]:
    well = BankHealth(key=BANK, verdicts=(BankVerdict(NOW, has_failed=False, mark="01234567"),), version=1)
    down = replace(
        well,
        verdicts=(*well.verdicts, BankVerdict(NOW + timedelta(seconds=9), has_failed=True, mark="89abcdef")),
        opened_at=NOW,
        probe_at=NOW + timedelta(minutes=1),
        prober="89abcdef",
    )
    return {
        "institution that is well": well,
        "institution that is down": down,
        "cap that nothing limits": LearnedCap(BANK, None, 0, None),
        "cap that was learned": LearnedCap(BANK, 8, 3, NOW),
    }


def _event() -> FeedEvent:
    detail = {"version": 1, "status": "SUCCEEDED", "nextStep": {"owner": "nobody", "sentence": "À jour."}, "link": None}
    return FeedEvent(SESSION_ID, 7, "SessionSucceeded", detail)
