"""What a request that nobody signed costs, with all that it causes; `python -m tests.model.anonymous` prints it.

The whole service runs in one process, so that the workflow's steps that a request wakes are counted with it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from devtools.figures import Figure
from reconnect.model.session import Status
from tests.model.acting import LOGIN, Acting
from tests.model.world import World

_WRITES = (
    *("sessions.save", "sessions.create", "sessions.join", "sessions.discard", "logins.save", "claims.claim"),
    "contacts.postpone",
)
_READS = ("sessions.get", "sessions.get_all", "references.find", "logins.get", "claims.find", "budgets.get")
# The cached call takes a token of its own.
_FLINKS_REQUESTS = {"flinks.cached_authorize": 2}
_COLUMNS = ("reads", "writes", "Flinks", "invocations", "secret reads")

# Another bank of the same person.
_OTHER_LOGIN = "bbbbbbbb-0000-4000-8000-00000000000b"

Request = Callable[[Acting, str], object]


@dataclass(frozen=True)
class Cost:
    """What a request causes: table reads and writes, requests to Flinks, Lambda invocations, reads of secrets again."""

    name: str
    reads: int
    writes: int
    flinks: int
    invocations: int
    secret_reads: int

    @property
    def numbers(self) -> tuple[int, ...]:
        """The costs, in the order of the table's columns."""
        return self.reads, self.writes, self.flinks, self.invocations, self.secret_reads

    def __str__(self) -> str:
        return f"| {self.name} | {' | '.join(map(str, self.numbers))} |"


def _page(call: str, body: object = None) -> Request:
    return lambda acting, session_id: acting.world.endpoints.page(session_id, call, body)


def _open_page(acting: Acting, session_id: str) -> None:
    link = acting.world.checks.links[session_id]
    event = {"routeKey": "GET /connect/{link}", "pathParameters": {"link": link}, "headers": {}}
    acting.world.endpoints.request("connect_page", event)


def _ask_next(acting: Acting, session_id: str) -> None:
    event = {
        "routeKey": "GET /connect/{link}/status",
        "pathParameters": {"link": acting.world.checks.links[session_id]},
        "headers": {},
        "queryStringParameters": {"next": "true"},
    }
    acting.world.endpoints.request("connect_page", event)


def _other(route: str, path: str, link: str = "") -> Request:
    def request(acting: Acting, session_id: str) -> None:
        text = link.format(link=acting.world.checks.links[session_id])
        http = {"http": {"method": "GET"}}
        event = {"routeKey": route, "rawPath": path, "pathParameters": {"link": text}, "headers": {}}
        acting.world.endpoints.request("connect_page", {**event, "requestContext": http})

    return request


def _redirect(acting: Acting, session_id: str) -> None:
    acting.redirect(session_id)


def _forged(path: str, function: str, parameter: str) -> Request:
    forged = f"forged.9999999999.{'x' * 43}"
    event = {"routeKey": f"GET /{path}", "pathParameters": {parameter: forged}, "headers": {}, "body": "{}"}
    return lambda acting, _: acting.world.endpoints.request(function, event)


def _webhook(*, is_forged: bool = False) -> Request:
    return lambda acting, _: acting.world.endpoints.webhook(LOGIN, is_forged=is_forged)


_REDIRECT, _LED = {"step": "REDIRECT"}, {"page": "led"}

# What the caller says of the user in each row whose name begins so.
_ABSENT = "`…/attempts`, a parked"
_SEVERAL = "of a person with several banks: "

# Each row: its name, the status in which it is measured, how often the request came before, and the request.
_ROWS: tuple[tuple[str, Status, int, Request], ...] = (
    ("a forged link", Status.AWAITING_USER, 0, _forged("connect/{link}", "connect_page", "link")),
    ("a forged redirect", Status.AWAITING_USER, 0, _forged("redirect/{state}", "redirect_webhook", "state")),
    ("a forged webhook", Status.AWAITING_USER, 0, _webhook(is_forged=True)),
    ("a link whose end is missing", Status.AWAITING_USER, 0, _other("GET /connect/{link}", "", "{link:.60}")),
    ("a link with stray characters", Status.AWAITING_USER, 0, _other("GET /connect/{link}", "", "{link}).")),
    ("the short form, `GET /c/{link}`", Status.AWAITING_USER, 0, _other("GET /c/{link}", "", "{link}")),
    ("a path that is no endpoint's", Status.AWAITING_USER, 0, _other("$default", "/robots.txt")),
    ("the page, `GET /connect/{link}`", Status.AWAITING_USER, 0, _open_page),
    ("`…/status`, the bank asks", Status.AWAITING_USER, 0, _page("status")),
    ("`…/status`, again within `PagePollSeconds`", Status.AWAITING_USER, 1, _page("status")),
    ("`…/events`, the page was opened", Status.AWAITING_USER, 0, _page("events", {"page": "opened"})),
    ("`…/events`, anything noted before", Status.AWAITING_USER, 1, _page("events", {"flinksCode": "INVALID_PASSWORD"})),
    ("`…/attempts`, the bank asks: a load of Connect", Status.AWAITING_USER, 0, _page("attempts")),
    ("`…/attempts`, again within 10 s", Status.AWAITING_USER, 1, _page("attempts")),
    ("`…/attempts`, a click: a live attempt", Status.AWAITING_CLICK, 0, _page("attempts")),
    (f"{_ABSENT} session: its next execution", Status.AWAITING_CLICK, 0, _page("attempts")),
    ("`…/events` REDIRECT, first or second", Status.AWAITING_USER, 0, _page("events", _REDIRECT)),
    ("`…/events` REDIRECT, later in an attempt", Status.AWAITING_USER, 3, _page("events", _REDIRECT)),
    ("a redirect, first or second", Status.AWAITING_USER, 0, _redirect),
    ("a redirect, later in an attempt", Status.AWAITING_USER, 3, _redirect),
    ("a signed webhook", Status.AWAITING_USER, 0, _webhook()),
    (f"{_SEVERAL}the page", Status.AWAITING_CLICK, 0, _open_page),
    (f"{_SEVERAL}`…/status`, a poll", Status.AWAITING_CLICK, 0, _page("status")),
    (f"{_SEVERAL}`…/status?next=true`, once the user is done", Status.CANCELLED, 0, _ask_next),
    (f"{_SEVERAL}`…/events`, the page of another bank led here", Status.AWAITING_CLICK, 0, _page("events", _LED)),
    (f"{_SEVERAL}the same again within a day", Status.AWAITING_CLICK, 1, _page("events", _LED)),
)


@contextmanager
def _acting(settings: Mapping[str, Any]) -> Iterator[Acting]:
    world = World(**settings)
    leave = world.installed()
    try:
        yield Acting(world)
    finally:
        world.scheduler.kill_all()
        leave()


def costs() -> Iterator[Cost]:
    """Measure each request."""
    for name, status, before, request in _ROWS:
        with _acting({"polls_renew": False}) as acting:
            session_id = _opened(acting, name)
            if status is Status.CANCELLED:
                acting.end(session_id, "cancel")
            acting.pass_until(session_id, status, step=5)
            for _ in range(before):
                request(acting, session_id)
                acting.world.settle()
            yield _measure(acting, session_id, name, request)


def _opened(acting: Acting, name: str) -> str:
    if not name.startswith(_SEVERAL):
        return acting.open(presence="absent" if name.startswith(_ABSENT) else None)
    person = {"presence": "absent", "userRef": "a-user"}
    acting.open(**person, loginId=_OTHER_LOGIN)
    acting.world.pass_time(60)
    return acting.open(**person)


def _measure(acting: Acting, session_id: str, name: str, request: Request) -> Cost:
    points: Counter[str] = Counter()
    scheduler, runs = acting.world.scheduler, Counter[str]()
    point, add = scheduler.point, scheduler.add

    def counted(name: str) -> None:
        points[name] += 1
        point(name)

    def added(invocation: Any) -> None:
        runs[invocation.function] += 1
        add(invocation)

    keys = (acting.world.signing_keys, acting.world.webhook_keys)
    read_before = sum(each.reads for each in keys)
    scheduler.point, scheduler.add = counted, added  # type: ignore[method-assign]
    request(acting, session_id)
    acting.world.settle()
    scheduler.point, scheduler.add = point, add  # type: ignore[method-assign]
    calls = {each: times for each, times in points.items() if each.startswith("flinks.")}
    return Cost(
        name,
        reads=sum(points[each] for each in _READS),
        writes=sum(points[each] for each in _WRITES),
        flinks=sum(_FLINKS_REQUESTS.get(each, 1) * times for each, times in calls.items()),
        invocations=sum(times for function, times in runs.items() if function != "deliver_events"),
        secret_reads=2 * (sum(each.reads for each in keys) - read_before),
    )


def attempts_in_a_day() -> int:
    """Count the live attempts that one link begins within a day, by a click as soon as one is possible."""
    with _acting({"polls_renew": False}) as acting:
        session_id = acting.open()
        before, end = acting.world.bank.starts, acting.world.clock.now + timedelta(days=1)
        while acting.world.clock.now < end:
            acting.click(session_id)
            acting.world.pass_time(60)
        return acting.world.bank.starts - before


def figures() -> Iterator[Figure]:
    """Yield what the costliest anonymous requests cost, against what a link may cause."""
    measured = {cost.name: cost for cost in costs()}
    bounds: dict[str, tuple[str, int, Callable[[Cost], int]]] = {
        "a forged link": ("secret reads of a forged link", 2, lambda cost: cost.secret_reads),
        "`…/attempts`, again within 10 s": ("Flinks calls of a second click", 0, lambda cost: cost.flinks),
        "`…/events` REDIRECT, later in an attempt": ("Flinks calls of a third REDIRECT", 0, lambda cost: cost.flinks),
        "a redirect, later in an attempt": ("writes of a third redirect", 0, lambda cost: cost.writes),
    }
    for name, (figure, target, of) in bounds.items():
        yield Figure(figure, of(measured[name]), target)
    yield Figure("live attempts that a link begins in a day", attempts_in_a_day(), 12)
    columns = zip(*(cost.numbers for cost in measured.values()), strict=True)
    for column, numbers in zip(_COLUMNS, columns, strict=True):
        yield Figure(f"most {column} of one anonymous request", max(numbers))


def table() -> str:
    """The table of the documentation."""
    head = f"| request | {' | '.join(_COLUMNS)} |\n|---|{'---|' * len(_COLUMNS)}"
    return "\n".join([head, *map(str, costs())])


if __name__ == "__main__":
    print(table())
