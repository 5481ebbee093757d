"""`python -m tests.system.troubles FOLDER`: play twenty troubles, and write what support would see of each.

FOLDER gets the output of `reconnect show` and `reconnect login` for each trouble, as 01.txt to 20.txt in random order,
and their names as key.json. Somebody who knows neither the key nor the code then names each cause. It is right if who
must act, what failed and what to do now are.
"""

import argparse
import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from devtools.service import Service, running_service
from tests.deployed import FAST
from tests.system.commands import operators_environment, run
from tests.system.support import a_login, a_user_at, wait_for_end, wait_until

_AT_ONCE = 6

# A login and its session.
_Played = tuple[str, str]
_Play = Callable[[Service], _Played]


def _open(service: Service, username: str, **request: Any) -> _Played:
    login_id = a_login(service, username)
    return login_id, str(service.api.open_session(loginId=login_id, **request).body["sessionId"])


def _ends(username: str) -> _Play:
    def play(service: Service) -> _Played:
        login_id, session_id = _open(service, username)
        wait_for_end(service, session_id)
        return login_id, session_id

    return play


def _waits(username: str, status: str, **request: Any) -> _Play:
    def play(service: Service) -> _Played:
        login_id, session_id = _open(service, username, **request)
        wait_until(service, session_id, status)
        return login_id, session_id

    return play


def _is_cancelled(service: Service) -> _Played:
    login_id, session_id = _waits("Greatday", "AWAITING_USER")(service)
    service.api.cancel_session(session_id)
    wait_for_end(service, session_id)
    return login_id, session_id


def _answers_wrongly(service: Service) -> _Played:
    login_id, session_id = _open(service, "wrong_answers_end_it")
    user = a_user_at(wait_until(service, session_id, "AWAITING_USER"))
    user.answer("nonsense")
    user.answer("nonsense")
    wait_until(service, session_id, "AWAITING_CLICK")
    return login_id, session_id


TROUBLES: dict[str, _Play] = {
    "our keys may not read the data at Flinks": _ends("access_denied"),
    "Flinks lists no account": _ends("accounts_never"),
    "the transactions did not come": _ends("transactions_never"),
    "another session uses the login at the bank": _ends("concurrent_session"),
    "the reply to the start was lost, so it may have run": _ends("connection_reset"),
    "the bank took too long over the sign-in": _ends("expires_while_authorizing"),
    "Flinks says that it is done, but the data is old": _ends("sim_stale"),
    "AuthorizeAsync is not activated for us": _ends("sim_not_activated"),
    "starts fail with errors of the aggregation": _ends("sim_server_error"),
    "the bank has blocked the user's access": _ends("test_disabled_account"),
    "the user has not answered yet": _waits("Greatday", "AWAITING_USER"),
    "nobody was there, so it waits for a click": _waits("Greatday", "AWAITING_CLICK", presence="absent"),
    "the saved password is refused": _waits("sim_credentials", "AWAITING_USER"),
    "the saved login is refused": _waits("new_login_id", "AWAITING_USER"),
    "the caller cancelled": _is_cancelled,
    "the user answered wrongly": _answers_wrongly,
    "the bank is down": _ends("test_service_unavailable"),
    "parts of the data are unreadable": _ends("odd_rows"),
    "the data was not ready in time": _ends("expires_while_processing"),
    "none: all is well": _ends("greatday_nomfa"),
}


def write(folder: Path) -> None:
    """Play all troubles at once, and write what the commands print."""
    with running_service(FAST) as service, ThreadPoolExecutor(_AT_ONCE) as pool:
        played = dict(zip(TROUBLES, pool.map(lambda play: play(service), TROUBLES.values()), strict=True))
        names = random.sample(sorted(played), len(played))
        for number, name in enumerate(names, 1):
            login_id, session_id = played[name]
            shown = _reconnect(service, "show", session_id) + _reconnect(service, "login", login_id)
            (folder / f"{number:02}.txt").write_text(shown)
    key = {f"{number:02}": name for number, name in enumerate(names, 1)}
    (folder / "key.json").write_text(json.dumps(key, indent=2) + "\n")


def _reconnect(service: Service, command: str, name: str) -> str:
    ran = run(command, name, environment=operators_environment(service))
    return f"$ reconnect {command}\n{ran.stdout}{ran.stderr}\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.system.troubles", description=__doc__)
    parser.add_argument("folder", type=Path, help="an existing, empty folder")
    write(parser.parse_args().folder)
