"""What breaks, which alarm rings, and after how many seconds of metric time: `python -m tests.alarms.table`."""

from collections.abc import Iterator
from functools import cache

from devtools.figures import Comparison, Figure
from tests.alarms.cloudwatch import ringing
from tests.alarms.failures import WAYS, WITHIN, Rang, Traffic, watch
from tests.alarms.stack import Stack

# What is no failure of ours: questions, answers and lost answers, refusals by banks and by Flinks, data that is late.
HEALTHY = (
    "Greatday",
    "greatday_nomfa",
    "test_disabled_account",
    "test_service_unavailable",
    "test_pending",
    "redirect_lost",
    "throttled",
    "html_502",
    "sim_stale",
    "credentials_gone",
    "user_never_answers",
    "truncated_json",
)
HEALTHY_MINUTES = 6


def figures() -> Iterator[Figure]:
    """Measure the figures of the alarms."""
    rang = watched()
    seconds = [each.seconds for each in rang if each.seconds is not None]
    yield Figure(
        "ways to fail totally that ring an alarm within 5 minutes", len(seconds), len(WAYS), Comparison.EXACTLY
    )
    yield Figure("slowest of these alarms, in metric time", max(seconds, default=0), WITHIN, unit="s")
    yield Figure("alarms that ring in a healthy run with refusals", len(rung_in_health()), 0)


@cache
def watched() -> tuple[Rang, ...]:
    """Break everything once."""
    return tuple(map(watch, WAYS))


def rung_in_health() -> set[str]:
    """Return the alarms that ring, or might ring, while nothing is broken."""
    rung: set[str] = set()
    with Stack().running() as stack:
        # The alarms begin with the stack: the sweeper has not run for some minutes.
        Traffic(stack, *HEALTHY).begin()
        stack.pass_time(WITHIN)
        for _ in range(HEALTHY_MINUTES):
            stack.pass_time(60)
            rung |= ringing(stack.metrics, stack.clock.now, maybe=True)
    return rung


def main() -> None:
    """Print the table."""
    rang = watched()
    print(f"{'what breaks':55} {'alarm':28} rang after")
    for each in rang:
        print(f"{each.way.what:55} {each.way.alarm:28} {'never' if each.seconds is None else f'{each.seconds} s'}")
    print(f"{sum(each.seconds is not None for each in rang)} of {len(rang)} within {WITHIN} s")


if __name__ == "__main__":
    main()
