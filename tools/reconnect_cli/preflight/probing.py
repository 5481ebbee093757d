"""Makes the calls that tell the points. None of them names a login that exists, except the one live attempt."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconnect.model.flinks_options import DataPoll, StatusCall
from reconnect.model.flinks_secret import FlinksSecret
from reconnect_cli.preflight.answers import Answer
from reconnect_cli.preflight.connect import (
    PATHS,
    judge_connect,
    judge_connect_frame,
    judge_connect_token,
    origins,
)
from reconnect_cli.preflight.exchange import SHORT_SECONDS, Call, Exchange, Unreachable
from reconnect_cli.preflight.judging import (
    NO_TOKEN,
    judge_authorize_token,
    judge_clock,
    judge_data_poll,
    judge_error_status,
    judge_keys,
    judge_status_call,
    judge_status_line,
    judge_test_bank,
    judge_x_api_key,
)
from reconnect_cli.preflight.points import QUESTIONS, Finding, Point, untold
from reconnect_cli.preflight.webhook import Captured, judge_webhook

_PAGE, _MOST_PAGES = 1000, 5
_NEEDS_TOKEN = (
    Point.AUTHORIZE_TOKEN,
    Point.ERROR_STATUS,
    Point.STATUS_LINE,
    Point.X_API_KEY,
    Point.AUTHORIZE_ASYNC,
    Point.STATUS_CALL,
    Point.STATUS_TOKEN,
    Point.DATA_POLL,
    Point.TEST_BANK,
)


@dataclass(frozen=True)
class Target:
    """The instance to ask: origins without a slash at the end, `public_url` is where the user's page will be."""

    api_url: str
    customer_id: str
    keys: FlinksSecret
    connect_url: str | None = None
    public_url: str | None = None
    webhook: Captured | None = None


class Prober:
    """Asks one instance, one call at a time."""

    def __init__(self, target: Target, exchange: Exchange, progress: Callable[[str], None]) -> None:
        self._target, self._exchange, self._progress = target, exchange, progress
        self._answers: list[Answer] = []
        # No instance has this LoginId or this RequestId.
        self._no_login, self._no_request = str(uuid.uuid4()), str(uuid.uuid4())

    def find(self) -> list[Finding]:
        """Return a finding for each point, in their order; raise Unreachable if Flinks does not answer at all."""
        found = {finding.point: finding for finding in self._all()}
        return [found[point] for point in QUESTIONS]

    def _all(self) -> Iterator[Finding]:
        self._progress("asking for a token")
        answer = self.ask("POST", "GenerateAuthorizeToken", key=self._target.keys.secret_key)
        keys = judge_keys(answer, self._target.customer_id)
        yield from keys
        if all(finding.is_told and not finding.is_fault for finding in keys):
            for points, tell in self._groups():
                self._progress(f"{points[0]}: {QUESTIONS[points[0]]}")
                yield from self._or_untold(points, tell)
        else:
            yield from (untold(point, NO_TOKEN) for point in _NEEDS_TOKEN)
        connect = (Point.CONNECT, Point.CONNECT_TOKEN, Point.CONNECT_FRAME)
        self._progress(f"{Point.CONNECT}: {QUESTIONS[Point.CONNECT]}")
        yield from self._or_untold(connect, self._connect)
        yield judge_clock(self._answers)
        yield judge_webhook(self._target.webhook, self._target.keys.webhook_secret)

    def _groups(self) -> Iterator[tuple[tuple[Point, ...], Callable[[], list[Finding]]]]:
        yield (Point.AUTHORIZE_TOKEN, Point.ERROR_STATUS, Point.STATUS_LINE), self._authorize
        yield (Point.X_API_KEY,), self._x_api_key
        yield (Point.AUTHORIZE_ASYNC, Point.STATUS_CALL, Point.STATUS_TOKEN), self._status_call
        yield (Point.DATA_POLL,), self._data_poll
        yield (Point.TEST_BANK,), self._test_bank

    def _or_untold(self, points: tuple[Point, ...], tell: Callable[[], list[Finding]]) -> list[Finding]:
        try:
            return tell()
        except Unreachable as why:
            return [untold(point, f"Flinks did not answer: {why}") for point in points]

    def _authorize(self) -> list[Finding]:
        cached = {"LoginId": self._no_login, "MostRecentCached": True}
        without = self.ask("POST", "Authorize", cached)
        unknown = self.ask("POST", "Authorize", cached, key=self.token())
        return [
            judge_authorize_token(without),
            judge_error_status(unknown),
            judge_status_line(self._answers),
        ]

    def _x_api_key(self) -> list[Finding]:
        body = {"RequestId": self._no_request, "WithAccountIdentity": False}
        without = self.ask("POST", "GetAccountsSummary", body)
        has_key = bool(self._target.keys.x_api_key)
        given = self.ask("POST", "GetAccountsSummary", body, is_data=True) if has_key else None
        return [judge_x_api_key(without, given)]

    def _status_call(self) -> list[Finding]:
        bare: dict[StatusCall, Answer] = {}
        with_token: dict[StatusCall, Answer] = {}
        for call in StatusCall:
            bare[call] = self.poll(call, self._no_request)
            if bare[call].refuses_key:
                with_token[call] = self.poll(call, self._no_request, self.token())
            last = with_token.get(call, bare[call])
            if last.knows_no_such_request or last.is_not_available:
                break
        return judge_status_call(bare, with_token)

    def _data_poll(self) -> list[Finding]:
        path = f"GetAccountsDetailAsync/{self._no_request}"
        return [judge_data_poll({verb: self.ask(verb.upper(), path, is_data=True) for verb in DataPoll})]

    def _test_bank(self) -> list[Finding]:
        pages: list[Answer] = []
        while len(pages) < _MOST_PAGES:
            page = self.ask("GET", f"Institutions?skip={len(pages) * _PAGE}&take={_PAGE}", is_data=True)
            pages.append(page)
            data = page.field("Data")
            if not isinstance(data, list) or len(data) < _PAGE:
                break
        return [judge_test_bank(pages)]

    def _connect(self) -> list[Finding]:
        target = self._target
        pages = {}
        for origin in origins(target.api_url, target.connect_url):
            for path in PATHS:
                pages[origin, path] = self._exchange(Call("GET", f"{origin}{path}"))
        where = judge_connect(pages, target.api_url)
        if not where.is_told:
            why = "Connect was not found"
            return [where, untold(Point.CONNECT_TOKEN, why), untold(Point.CONNECT_FRAME, why)]
        url = f"{where.value}?requestId={self._no_request}"
        without = self._exchange(Call("GET", url))
        return [where, self._connect_token(url, without), judge_connect_frame(without, target.public_url)]

    def _connect_token(self, url: str, without: Answer) -> Finding:
        token = self.token()
        if token is None:
            return untold(Point.CONNECT_TOKEN, NO_TOKEN)
        return judge_connect_token(without, self._exchange(Call("GET", f"{url}&authorizeToken={token}")))

    def poll(self, call: StatusCall, request_id: str, key: str | None = None) -> Answer:
        """Poll a RequestId in one form."""
        match call:
            case StatusCall.POST:
                return self.ask("POST", "AuthorizeAsync", {"RequestId": request_id}, key=key)
            case StatusCall.GET:
                return self.ask("GET", f"AuthorizeAsync/{request_id}", key=key)
            case StatusCall.POST_PATH:
                return self.ask("POST", f"AuthorizeAsync/{request_id}", key=key)
            case StatusCall.GET_QUERY:
                return self.ask("GET", f"AuthorizeAsync?requestId={request_id}", key=key)

    def token(self) -> str | None:
        """Ask for a fresh authorize token; None if there is none."""
        token = self.ask("POST", "GenerateAuthorizeToken", key=self._target.keys.secret_key).field("Token")
        return token if isinstance(token, str) else None

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
        is_data: bool = False,
        timeout: float = SHORT_SECONDS,
    ) -> Answer:
        """Make one call to the banking API, with a secret key or token, or with the x-api-key where there is one."""
        headers = {"flinks-auth-key": key} if key else {}
        if is_data and (x_api_key := self._target.keys.x_api_key):
            headers["x-api-key"] = x_api_key
        base = f"{self._target.api_url}/v3/{self._target.customer_id}/BankingServices"
        answer = self._exchange(Call(method, f"{base}/{path}", body, headers, timeout))
        self._answers.append(answer)
        return answer
