"""The one live attempt, made only on request: whether a refresh works from its start to its data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconnect.adapters.flinks.fields import field, read_moment
from reconnect.model.flinks_options import StatusCall
from reconnect.model.outcomes import DONE, MFA, PENDING
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.exchange import LONG_SECONDS, Unreachable
from reconnect_cli.preflight.points import Finding, Point, fault, untold
from reconnect_cli.preflight.probing import Prober

_POLLS, _POLL_SECONDS = 30, 2.0
_SKEW = timedelta(minutes=1)

# The sandbox's user without a question, as Flinks' public guide prints it [D TESTUSR].
TEST_BANK_LOGIN: Mapping[str, object] = {
    "Institution": "FlinksCapital",
    "Username": "greatday_nomfa",
    "Password": "Everyday",
}


@dataclass(frozen=True)
class LiveAttempt:
    """What to start an attempt with: {"LoginId": ...}, or the credentials of the test bank."""

    credentials: Mapping[str, object]

    @property
    def is_at_test_bank(self) -> bool:
        """Whether it makes a new connection at FlinksCapital."""
        return "LoginId" not in self.credentials


def try_live(
    prober: Prober, attempt: LiveAttempt, found: Sequence[Finding], pause: Callable[[float], None]
) -> list[Finding]:
    """Make exactly one live attempt in the form that was found; return what it says about the points."""
    known = {finding.point: finding.value for finding in found}
    if known[Point.SECRET_KEY] != "accepted":
        return [untold(Point.LIVE_ATTEMPT, "not made: Flinks gave no token")]
    has_form = known[Point.AUTHORIZE_ASYNC] == "yes" and known[Point.STATUS_CALL] is not None
    call = StatusCall(str(known[Point.STATUS_CALL])) if has_form else None
    try:
        began = datetime.now(UTC)
        answer = _start(prober, attempt, "Authorize" if call is None else "AuthorizeAsync")
        if call is not None:
            answer = _follow(prober, answer, call, pause, needs_token=known[Point.STATUS_TOKEN] == "required")
    except Unreachable as why:
        return [untold(Point.LIVE_ATTEMPT, f"Flinks did not answer: {why}; the attempt may go on there")]
    ahead = timedelta(seconds=float(known[Point.CLOCK] or 0))
    finding = _judge(answer, began + ahead - _SKEW)
    if attempt.is_at_test_bank and finding.value in {"fresh", "asks"} and known[Point.TEST_BANK] is None:
        return [finding, Finding(Point.TEST_BANK, "yes", "it has", {"FlinksConnectDemo": "true"})]
    return [finding]


def _start(prober: Prober, attempt: LiveAttempt, path: str) -> Answer:
    body = {**attempt.credentials, "MostRecentCached": False, "Save": True}
    return prober.ask("POST", path, body, key=prober.token(), timeout=LONG_SECONDS)


def _follow(
    prober: Prober, started: Answer, call: StatusCall, pause: Callable[[float], None], *, needs_token: bool
) -> Answer:
    answer, request_id = started, started.field("RequestId")
    for _ in range(_POLLS):
        if answer.status != PENDING or not isinstance(request_id, str):
            return answer
        pause(_POLL_SECONDS)
        answer = prober.poll(call, request_id, prober.token() if needs_token else None)
    return answer


def _judge(answer: Answer, earliest: datetime) -> Finding:
    point = Point.LIVE_ATTEMPT
    if answer.status in DONE:
        login = answer.field("Login")
        refreshed = read_moment(field(login, "LastRefresh")) if isinstance(login, Mapping) else None
        if refreshed is None:
            return untold(point, "it was authorized, but the answer has no readable LastRefresh")
        if refreshed < earliest:
            return fault(point, "old", "it was authorized, but LastRefresh is older than the attempt: ask Flinks")
        return Finding(point, "fresh", "it was authorized without a question, and LastRefresh is new")
    if answer.status == MFA:
        return Finding(
            point, "asks", "the bank asks, which a session would show in Connect; the question expires in 8 minutes"
        )
    if answer.status == PENDING:
        return untold(point, "it was not decided within a minute; it expires by itself")
    return fault(point, answer.code or str(answer.status), f"it was refused: {answer.described()}")
