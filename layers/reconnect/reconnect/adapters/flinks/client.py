"""Flinks over HTTP: the calls to its banking API."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from reconnect.adapters.flinks.institutions import read_page
from reconnect.adapters.flinks.replies import parse_reply, read_token
from reconnect.adapters.flinks.transport import Answer, FlinksHttp
from reconnect.model.errors import FlinksReplyUnreadable, FlinksUnavailable
from reconnect.model.flinks_options import AuthorizeMode, DataPoll, StatusCall
from reconnect.model.frozen import frozen
from reconnect.model.institution import Listing
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import DONE, FlinksReply, Outcome, classify
from reconnect.ports import Count

if TYPE_CHECKING:
    from reconnect.adapters.secrets import FlinksCredentials

_SERVER_ERROR = 500
# What Flinks answers to keys that it does not accept, and to much else: its codes tell the rest apart.
_REFUSED = frozenset({401, 403})
_LATER = frozenset({Outcome.TRY_LATER, Outcome.BUSY})

# The longest page that Flinks gives [D institutions].
_PAGE = 1000

_Answer = TypeVar("_Answer", FlinksReply, str | FlinksReply, tuple[Listing, ...] | FlinksReply)


class OurKeys(Protocol):
    """Our keys at Flinks: as they are known here, and as they are now."""

    def known(self) -> "FlinksCredentials":
        """Return the keys as they were read last."""

    def again(self) -> "FlinksCredentials":
        """Read the keys now, and return them."""


@frozen
class FlinksSettings:
    """Flinks' address and how to call it. Time-outs in seconds; the long one is for calls that Flinks may hold for
    210 s before it replies 202: a live start, and data [D TIMEOUT]."""

    base_url: str
    customer_id: str
    mode: AuthorizeMode
    status_call: StatusCall
    read_timeout: float
    long_timeout: float
    needs_status_token: bool = False
    data_poll: DataPoll = DataPoll.GET


class FlinksClient:
    """The port `Flinks`, over one HTTP session per Lambda environment.

    Headers per endpoint as in Flinks' authentication reference: the secret only where a token is made, a fresh
    token only where an attempt is started, x-api-key only on data calls [D AUTHREF]. A call whose key Flinks refuses
    is repeated once if the key has changed since it was read; a start has no key, so it is never repeated.
    """

    def __init__(self, settings: FlinksSettings, keys: Callable[[], OurKeys], count: Count) -> None:
        self._settings, self._keys, self._count = settings, keys, count
        self._http = FlinksHttp(settings.base_url)

    def generate_authorize_token(self) -> str | FlinksReply:
        """A fresh token; it is good for one use and some minutes, so it is made just before it is needed."""
        return self._with_keys(self._token)

    def _token(self, keys: "FlinksCredentials") -> str | FlinksReply:
        headers = {"flinks-auth-key": keys.secret_key}
        answer = self._call("POST", "GenerateAuthorizeToken", headers=headers, may_repeat=True)
        reply = self._understand("GenerateAuthorizeToken", answer)
        if reply.status not in DONE:
            return reply
        token = read_token(answer.body)
        if token is None:
            raise FlinksReplyUnreadable("GenerateAuthorizeToken: 200 without a Token")
        return token

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """Begin a live attempt on a stored login [D MSR, REFRESH]. Never sent twice: the bank may have the first."""
        path = "AuthorizeAsync" if self._settings.mode is AuthorizeMode.ASYNC else "Authorize"
        return self._ask(
            "POST",
            path,
            body={"LoginId": login_id, "MostRecentCached": False, "Save": True},
            headers={"flinks-auth-key": authorize_token},
            timeout=self._settings.long_timeout,
        )

    def read_authorize(self, request_id: str) -> FlinksReply:
        """Poll an asynchronous attempt, with the configured status call."""
        headers = {}
        if self._settings.needs_status_token:
            token = self.generate_authorize_token()
            if isinstance(token, FlinksReply):
                return token
            headers["flinks-auth-key"] = token
        # A token is good for one use, and a lost request may have used it.
        call: dict[str, Any] = {"headers": headers, "may_repeat": not headers}
        match self._settings.status_call:
            case StatusCall.POST:
                return self._ask("POST", "AuthorizeAsync", body={"RequestId": request_id}, **call)
            case StatusCall.GET:
                return self._ask("GET", f"AuthorizeAsync/{request_id}", **call)
            case StatusCall.POST_PATH:
                return self._ask("POST", f"AuthorizeAsync/{request_id}", **call)
            case StatusCall.GET_QUERY:
                return self._ask("GET", f"AuthorizeAsync?requestId={request_id}", **call)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """The cached flow's first call [D REFRESH]; like every /Authorize it takes a token of its own.

        Raises FlinksUnavailable, too, if the request was repeated and then refused: the first one may have reached
        Flinks and used the token, so the refusal does not mean that our keys are wrong.
        """
        token = self.generate_authorize_token()
        if isinstance(token, FlinksReply):
            return token
        body = {"LoginId": login_id, "MostRecentCached": True}
        answer = self._call("POST", "Authorize", body=body, headers={"flinks-auth-key": token}, may_repeat=True)
        reply = self._understand("Authorize", answer)
        if answer.was_repeated and classify(reply).outcome is Outcome.MISCONFIGURED:
            raise FlinksUnavailable("Authorize: refused after a lost reply")
        return reply

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """Get the age of the data and the bank, without waiting for the rest [D GAS]."""
        body = {"RequestId": request_id, "WithAccountIdentity": False}
        return self._with_keys(
            lambda keys: self._ask(
                "POST", "GetAccountsSummary", body=body, headers=_data_headers(keys), may_repeat=True
            )
        )

    def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        """Request the accounts, with transactions unless the options exclude them [D GAD]. Identity means numbers and
        holders, and is read only on request; the summary always names the holder, so it is never the result.
        """
        body: dict[str, Any] = {
            "RequestId": request_id,
            "WithAccountIdentity": options.with_identity,
            "WithKYC": options.with_identity,
            "WithTransactions": not options.summary_only,
        }
        if not options.summary_only:
            body["DaysOfTransactions"] = options.days_of_transactions
        if options.accounts:
            body["AccountsFilter"] = list(options.accounts)
        return self._ask_for_data("POST", "GetAccountsDetail", body=body, timeout=self._settings.long_timeout)

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """Poll for the accounts after a 202 [D GADA]."""
        return self._ask_for_data(self._settings.data_poll.upper(), f"GetAccountsDetailAsync/{request_id}")

    def delete_card(self, login_id: str) -> FlinksReply:
        """Delete a login at Flinks; CARD_IN_USE means too early [D].

        Not repeated on a dead connection: what Flinks says of a card that is gone is not documented, and the next
        erasure deletes it.
        """
        path = f"DeleteCard/{login_id}"
        return self._with_keys(lambda keys: self._ask("DELETE", path, headers=_data_headers(keys)))

    def get_institutions(self, seconds: float) -> tuple[Listing, ...] | FlinksReply:
        """Read the directory, page by page, each of them within what is left of `seconds` [D institutions]."""
        until = time.monotonic() + seconds
        return self._with_keys(lambda keys: self._institutions(keys, until))

    def _institutions(self, keys: "FlinksCredentials", until: float) -> tuple[Listing, ...] | FlinksReply:
        found: dict[int, Listing] = {}
        skip = 0
        while (left := until - time.monotonic()) > 0:
            path = f"Institutions?skip={skip}&take={_PAGE}"
            timeout = min(left, self._settings.read_timeout)
            answer = self._call("GET", path, headers=_data_headers(keys), timeout=timeout, may_repeat=True)
            reply = self._understand("Institutions", answer)
            if reply.status not in DONE:
                return reply
            page = read_page(answer.body)
            known = len(found)
            found |= {each.id: each for each in page.listings}
            skip += page.rows
            # A page may be shorter than was asked for, the count may be that of the page, and `skip` may be ignored.
            if (page.rows < _PAGE and skip >= page.count) or len(found) == known:
                return tuple(found.values())
        # Half of a directory is none: what it does not list would have no name.
        raise FlinksUnavailable(f"Institutions: {skip} rows, and no time for the rest")

    def _with_keys(self, call: "Callable[[FlinksCredentials], _Answer]") -> _Answer:
        """Return what a call answers with our keys as they are known, or as they are now if Flinks refuses those."""
        used = self._keys().known()
        answer = call(used)
        if not _refuses_keys(answer) or (changed := self._keys().again()) == used:
            return answer
        return call(changed)

    def _ask(self, method: str, path: str, **call: Any) -> FlinksReply:
        return self._understand(_endpoint(path), self._call(method, path, **call))

    def _ask_for_data(self, method: str, path: str, **call: Any) -> FlinksReply:
        """The reply with its raw document; the parsed JSON is released here, to save memory."""
        return self._with_keys(lambda keys: self._data(method, path, headers=_data_headers(keys), **call))

    def _data(self, method: str, path: str, **call: Any) -> FlinksReply:
        answer = self._call(method, path, may_repeat=True, **call)
        reply = self._understand(_endpoint(path), answer)
        return replace(reply, document=answer.raw) if reply.has_accounts else reply

    def _understand(self, endpoint: str, answer: Answer) -> FlinksReply:
        reply = parse_reply(answer.http_status, answer.body)
        if reply.status != answer.http_status:
            self._count("FlinksStatusMismatch")
        if reply.warnings:
            self._count("FlinksReplyOdd")
        if reply.status >= _SERVER_ERROR and not reply.code:
            raise FlinksReplyUnreadable(f"{endpoint}: HTTP {answer.http_status} without a FlinksCode")
        return reply

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
        may_repeat: bool = False,
    ) -> Answer:
        return self._http.exchange(
            method,
            f"/v3/{self._settings.customer_id}/BankingServices/{path}",
            endpoint=_endpoint(path),
            timeout=timeout or self._settings.read_timeout,
            body=body,
            headers=headers or {},
            may_repeat=may_repeat,
        )


def _endpoint(path: str) -> str:
    """The name of the call, without an id that may follow it."""
    return path.partition("?")[0].partition("/")[0]


def _data_headers(keys: "FlinksCredentials") -> dict[str, str]:
    return {"x-api-key": keys.x_api_key} if keys.x_api_key else {}


def _refuses_keys(answer: object) -> bool:
    """Whether Flinks may have refused our keys. The code of a refused key is not documented [D AUTHREF]."""
    return isinstance(answer, FlinksReply) and answer.status in _REFUSED and classify(answer).outcome not in _LATER
