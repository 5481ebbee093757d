"""Flinks, with each refusal for too many requests reported to the budget, whichever call it answers."""

from typing import TypeVar

from reconnect.model.options import DEFAULT_OPTIONS, ReadOptions
from reconnect.model.outcomes import FlinksReply, classify
from reconnect.ports import Flinks
from reconnect.usecases.request_budget import RequestBudget

_Answer = TypeVar("_Answer", str, FlinksReply, str | FlinksReply)


class WatchedFlinks:
    """The port `Flinks` over another one."""

    def __init__(self, flinks: Flinks, budget: RequestBudget) -> None:
        self._flinks, self._budget = flinks, budget

    def generate_authorize_token(self) -> str | FlinksReply:
        """See the port."""
        return self._watch(self._flinks.generate_authorize_token())

    def start_authorize(self, login_id: str, authorize_token: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.start_authorize(login_id, authorize_token))

    def read_authorize(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.read_authorize(request_id))

    def cached_authorize(self, login_id: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.cached_authorize(login_id))

    def get_accounts_summary(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.get_accounts_summary(request_id))

    def get_accounts_detail(self, request_id: str, options: ReadOptions = DEFAULT_OPTIONS) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.get_accounts_detail(request_id, options))

    def get_accounts_detail_async(self, request_id: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.get_accounts_detail_async(request_id))

    def delete_card(self, login_id: str) -> FlinksReply:
        """See the port."""
        return self._watch(self._flinks.delete_card(login_id))

    def _watch(self, answer: _Answer) -> _Answer:
        if isinstance(answer, FlinksReply) and classify(answer).says_nothing:
            self._budget.refused()
        return answer
