"""What a bank knows about a person stays out of logs, errors and replies, wherever an unreadable reply holds it."""

import json
import re
import traceback
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconnect.adapters.flinks.client import FlinksClient, FlinksSettings
from reconnect.adapters.secrets import FlinksCredentials
from reconnect.model.errors import ReconnectError
from reconnect.model.flinks_options import AuthorizeMode, StatusCall
from reconnect.model.session import Status
from tests.fakes.builders import a_session
from tests.fakes.flinks_wire import BASE_URL, Canned, wired
from tests.fakes.keys import FakeFlinksKeys
from tests.fakes.lambda_runtime import event
from tests.fakes.private import PLACES
from tests.unit.functions.conftest import Deployed

_FLINKS = FlinksSettings(BASE_URL, "a-customer", AuthorizeMode.ASYNC, StatusCall.POST, 20, 215)
_WRITTEN = ["74100147", "741 741 741", "(741) 741-7410", "$741.74", "Zuleika Ngata"]
# The time of a log line or metric may hold any digits.
_TIMES = re.compile(r'"timestamp":"[^"]*"|"Timestamp":\d+')
_CALLS = {
    "start_authorize/first_attempt": Status.STARTING,
    "poll_authorize/tenth_look": Status.AUTHORIZING,
    "fetch_accounts/first_reading": Status.AUTHORIZING,
    "connect_page/attempts": Status.AWAITING_USER,
    "connect_page/status": Status.AWAITING_USER,
    "erase_login/api_with_card": Status.AWAITING_USER,
}


class _Unreadable(Canned):
    """Gives tokens as ever, so that the other calls are reached."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if (request.url or "").endswith("/GenerateAuthorizeToken"):
            return Canned(b'{"Token": "a-token"}').send(request)
        return super().send(request, *args, **options)


@pytest.mark.parametrize("case", _CALLS)
@given(place=st.sampled_from(PLACES), written=st.sampled_from(_WRITTEN), status=st.sampled_from([200, 203, 401, 502]))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_log_error_or_reply_quotes_an_unreadable_reply(
    deployed: Deployed, case: str, place: str, written: str, status: int
) -> None:
    deployed.output = ""
    deployed.sessions.with_session(a_session(_CALLS[case]))
    client = FlinksClient(_FLINKS, lambda: FakeFlinksKeys(FlinksCredentials("a-key")), lambda _: None)
    deployed.flinks = wired(client, _Unreadable(place.format(written).encode(), status))

    try:
        said = json.dumps(deployed.invoke(case.partition("/")[0], event(case)))
    except ReconnectError as failure:
        said = "".join(traceback.format_exception(failure))

    shown = _TIMES.sub("", deployed.output + said)
    assert [piece for piece in ("74100147", "741", "Zuleika") if piece in shown] == []
