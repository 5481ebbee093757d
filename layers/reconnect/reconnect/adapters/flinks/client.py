"""Flinks over HTTP: the calls to its banking API."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconnect.adapters.flinks.replies import parse_reply, read_token
from reconnect.adapters.flinks.transport import Answer, FlinksHttp
from reconnect.model.errors import FlinksReplyUnreadable
from reconnect.model.flinks_options import AuthorizeMode, DataPoll, StatusCall
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import DONE, FlinksReply
from reconnect.ports import Count

if TYPE_CHECKING:
    from reconnect.adapters.secrets import FlinksCredentials

_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
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
    token only where an attempt is started, x-api-key only on data calls [D AUTHREF].
    """

    def __init__(self, settings: FlinksSettings, credentials: "Callable[[], FlinksCredentials]", count: Count) -> None:
        self._settings, self._credentials, self._count = settings, credentials, count
        self._http = FlinksHttp(settings.base_url)

    def generate_authorize_token(self) -> str | FlinksReply:
        """A fresh token; it is good for one use and some minutes, so it is made just before it is needed."""
        key = self._credentials().secret_key
        answer = self._call("POST", "GenerateAuthorizeToken", headers={"flinks-auth-key": key})
        reply = self._understand("GenerateAuthorizeToken", answer)
        if reply.status not in DONE:
            return reply
        token = read_token(answer.body)
        if token is None:
            raise FlinksReplyUnreadable("GenerateAuthorizeToken: 200 without a Token")
        return token

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """Begin a live attempt on a stored login [D MSR, REFRESH]."""
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
        match self._settings.status_call:
            case StatusCall.POST:
                return self._ask("POST", "AuthorizeAsync", body={"RequestId": request_id}, headers=headers)
            case StatusCall.GET:
                return self._ask("GET", f"AuthorizeAsync/{request_id}", headers=headers)
            case StatusCall.POST_PATH:
                return self._ask("POST", f"AuthorizeAsync/{request_id}", headers=headers)
            case StatusCall.GET_QUERY:
                return self._ask("GET", f"AuthorizeAsync?requestId={request_id}", headers=headers)

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """The cached flow's first call [D REFRESH]; like every /Authorize it takes a token of its own."""
        token = self.generate_authorize_token()
        if isinstance(token, FlinksReply):
            return token
        body = {"LoginId": login_id, "MostRecentCached": True}
        return self._ask("POST", "Authorize", body=body, headers={"flinks-auth-key": token})

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """Get the age of the data and the bank, without waiting for the rest [D GAS]."""
        body = {"RequestId": request_id, "WithAccountIdentity": False}
        return self._ask("POST", "GetAccountsSummary", body=body, headers=self._data_headers())

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
        """Delete a login at Flinks; CARD_IN_USE means too early [D]."""
        return self._ask("DELETE", f"DeleteCard/{login_id}", headers=self._data_headers())

    def _data_headers(self) -> dict[str, str]:
        key = self._credentials().x_api_key
        return {"x-api-key": key} if key else {}

    def _ask(self, method: str, path: str, **call: Any) -> FlinksReply:
        return self._understand(_endpoint(path), self._call(method, path, **call))

    def _ask_for_data(self, method: str, path: str, **call: Any) -> FlinksReply:
        """The reply with its raw document; the parsed JSON is released here, to save memory."""
        answer = self._call(method, path, headers=self._data_headers(), **call)
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
    ) -> Answer:
        return self._http.exchange(
            method,
            f"/v3/{self._settings.customer_id}/BankingServices/{path}",
            endpoint=_endpoint(path),
            timeout=timeout or self._settings.read_timeout,
            body=body,
            headers=headers or {},
        )


def _endpoint(path: str) -> str:
    """The name of the call, without an id that may follow it."""
    return path.partition("?")[0].partition("/")[0]
