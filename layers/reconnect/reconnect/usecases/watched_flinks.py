"""Flinks, watched: how long each call takes, which ones bring no answer, and which ones it refuses as too many."""

from collections.abc import Callable
from typing import TypeVar

from reconnect.model.errors import FlinksError
from reconnect.model.institution import Listing
from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply, classify
from reconnect.ports import Clock, Count, Flinks, Measure
from reconnect.usecases.request_budget import RequestBudget

_Answer = TypeVar("_Answer", str, FlinksReply, str | FlinksReply)


class WatchedFlinks:
    """The port `Flinks` over another one. What it refuses as too many is reported to the budget."""

    def __init__(self, flinks: Flinks, budget: RequestBudget, clock: Clock, count: Count, measure: Measure) -> None:
        self._flinks, self._budget = flinks, budget
        self._clock, self._count, self._measure = clock, count, measure

    def generate_authorize_token(self) -> str | FlinksReply:
        """See the port."""
        return self._watch("generate_authorize_token", self._flinks.generate_authorize_token)

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """See the port."""
        return self._watch("start_authorize", lambda: self._flinks.start_authorize(login_id, authorize_token))

    def read_authorize(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch("read_authorize", lambda: self._flinks.read_authorize(request_id))

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """See the port."""
        return self._watch("cached_authorize", lambda: self._flinks.cached_authorize(login_id))

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch("get_accounts_summary", lambda: self._flinks.get_accounts_summary(request_id))

    def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        """See the port."""
        return self._watch("get_accounts_detail", lambda: self._flinks.get_accounts_detail(request_id, options))

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch("get_accounts_detail_async", lambda: self._flinks.get_accounts_detail_async(request_id))

    def delete_card(self, login_id: str) -> FlinksReply:
        """See the port."""
        return self._watch("delete_card", lambda: self._flinks.delete_card(login_id))

    def get_institutions(self, seconds: float) -> tuple[Listing, ...] | FlinksReply:
        """See the port. Not counted among the calls of sessions: an instance may have no directory."""
        answer = self._flinks.get_institutions(seconds)
        if isinstance(answer, FlinksReply) and classify(answer).says_nothing:
            self._budget.refused()
        return answer

    def _watch(self, call: str, ask: Callable[[], _Answer]) -> _Answer:
        began = self._clock()
        try:
            answer = ask()
        except FlinksError:
            self._count("FlinksCallFailed")
            raise
        finally:
            self._measure("FlinksSeconds", (self._clock() - began).total_seconds(), call=call)
        if isinstance(answer, FlinksReply) and classify(answer).says_nothing:
            self._budget.refused()
        return answer
