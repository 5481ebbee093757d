"""What the sessions of a batch have cost at AWS, by the meter's figures of one session."""

from reconnect.model.batch_run import BatchRun

# US dollars for 1,000 sessions of an absent user, as `make figures` measures them (docs/performance.md).
_ENDED_PER_1000 = 0.44
_PARKED_PER_1000 = 0.30


def dollars_of(run: BatchRun) -> float:
    """Return the cost so far, to the cent; items that were never begun cost next to nothing."""
    return round((run.total("ended") * _ENDED_PER_1000 + run.total("parked") * _PARKED_PER_1000) / 1000, 2)
