"""`python -m tests.nights [--seeds N] [--logins N]`: play nights of a batch, and print what must hold, one a line.

Each seed is two nights of the same logins, both with a writer that is killed fifty times and with two pauses: one in
which all banks work, and one in which a large bank is down for an hour. Then a small one that cannot keep its deadline,
and the same one with what its plan says would help.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from devtools.figures.figure import Comparison, Figure
from tests.nights.late import LateNight, play_late
from tests.nights.night import DEADLINE, Night, play

LOGINS, SEEDS, KILLS = 100_000, 20, 50


def figures(seeds: int = SEEDS, logins: int = LOGINS, kills: int = KILLS) -> Iterator[Figure]:
    """Play the nights, and yield the figures."""
    with ProcessPoolExecutor() as pool:
        counted = list(pool.map(partial(_played, logins=logins, kills=kills), range(1, seeds + 1)))
    yield from summed(counted)


def _played(seed: int, logins: int, kills: int) -> dict[str, float]:
    calm, sick = (
        play(seed, logins, kills=kills, is_paused=True, has_outage=has_outage) for has_outage in (False, True)
    )
    print(
        f"seed {seed}: {calm.took} with all banks, {sick.took} with one down for an hour", file=sys.stderr, flush=True
    )
    return {**count(calm, sick), **count_late(play_late(seed))}


def count(calm: Night, sick: Night) -> dict[str, float]:
    """What two nights of the same logins came to."""
    both, down = (calm, sick), sick.banks.sick
    logins = len(sick.banks.logins)
    own = sum(bank is down for bank in sick.banks.logins.values())
    return {
        "kills": sum(night.kills for night in both),
        "seconds above": sum(bank.seconds_above for night in both for bank in night.banks.banks),
        "not once": sum(_not_once(night) for night in both),
        "unfinished": sum(not night.is_finished or _closed(night) != logins for night in both),
        "failed": sum(night.banks.failed_by_bank for night in both),
        "asked too soon": sum(night.banks.asked_too_soon for night in both),
        "wasted": len(down.refused) / own,
        "others": _others(calm) / _others(sick),
        "error": calm.error,
        "right": calm.plan.is_feasible == (calm.took <= DEADLINE),
        "probes": len(down.probed_by),
        "alone": sum(login_id not in sick.banks.asking for login_id in down.probed_by),
    }


def count_late(night: LateNight) -> dict[str, float]:
    """What a night came to that cannot keep its deadline."""
    return {"late": night.is_late, "remedied": night.is_remedied}


def summed(counted: Sequence[dict[str, float]]) -> Iterator[Figure]:
    """The figures of all seeds."""

    def total(name: str) -> float:
        return sum(each[name] for each in counted)

    zero = {"target": 0, "comparison": Comparison.EXACTLY}
    yield Figure("kills of the writer of batches", total("kills"))
    yield Figure("batches that did not finish, or lost an item", total("unfinished"), **zero)  # type: ignore[arg-type]
    yield Figure("seconds above a cap, at all banks", total("seconds above"), **zero)  # type: ignore[arg-type]
    yield Figure("logins that a bank took not exactly once", total("not once"), **zero)  # type: ignore[arg-type]
    yield Figure("sessions that failed because a bank was down", total("failed"), **zero)  # type: ignore[arg-type]
    yield Figure("asks of a person within a week of another", total("asked too soon"), **zero)  # type: ignore[arg-type]
    wasted = max(each["wasted"] for each in counted) * 100
    yield Figure("calls wasted at the bank that is down, of its logins", wasted, 3, unit="%")
    others = min(each["others"] for each in counted) * 100
    alone = total("alone") / max(total("probes"), 1) * 100
    yield Figure("probes of it by logins that succeed without their user", alone, 90, Comparison.AT_LEAST, unit="%")
    yield Figure("speed of other banks meanwhile", others, 98, Comparison.AT_LEAST, unit="%")
    yield Figure("planned ends of these nights, the worst error", max(e["error"] for e in counted) * 100, 10, unit="%")
    yield Figure("plans of these nights that were right", total("right"), len(counted), Comparison.EXACTLY)
    every = {"target": len(counted), "comparison": Comparison.EXACTLY}
    yield Figure("nights said to be late whose named bank was late", total("late"), **every)  # type: ignore[arg-type]
    yield Figure("of these, on time with the cap that the plan named", total("remedied"), **every)  # type: ignore[arg-type]


def _not_once(night: Night) -> int:
    taken = {login_id: number for bank in night.banks.banks for login_id, number in bank.taken.items()}
    return sum(taken.get(login_id, 0) != 1 for login_id in night.banks.logins)


def _closed(night: Night) -> int:
    """The items of which the header says what became of them, if nothing is left over."""
    is_done = not (night.totals["open"] or night.totals["live"])
    return night.totals["parked"] + night.totals["ended"] if is_done else 0


def _others(night: Night) -> float:
    """The hours until all banks but the one that may be down were done."""
    begun = min(session.created_at for session in night.banks.sessions.values())
    others = (bank.ended_at for bank in night.banks.banks if bank is not night.banks.sick)
    ended: datetime = max(at for times in others for at in times)
    return (ended - begun) / timedelta(hours=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.nights", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--logins", type=int, default=LOGINS)
    given = parser.parse_args()
    shown = list(figures(given.seeds, given.logins))
    for figure in shown:
        print(figure)
    sys.exit(sum(not figure.is_met for figure in shown))
