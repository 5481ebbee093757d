"""Three reconnects on this machine, end to end: no question, a question, and a lost redirect."""

import resource
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from devtools.service import Service, running_service
from flinks_simulator import SimulatedUser
from reconnect_cli.display import Display
from reconnect_cli.following import Snapshot, follow
from reconnect_cli.result_rows import Result
from reconnect_client import StillWaiting
from reconnect_client.results import fetch_result

# Shorter waits, for a demonstration.
_PARAMETERS = {
    "PollIntervalSeconds": "1",
    "FetchIntervalSeconds": "1",
    "BackstopIntervalSeconds": "3",
    "UnattendedIntervalSeconds": "3",
    # Two scenes use the same login.
    "CooldownSeconds": "0",
    "FlinksConnectDemo": "true",
}
_PATIENCE_SECONDS = 60

Answer = Callable[[Display, str], None]


@dataclass(frozen=True)
class Scene:
    """One reconnect: the FlinksCapital user, and what they do when the bank asks."""

    title: str
    username: str
    answer: Answer | None


def play(display: Display) -> bool:
    """Play all scenes; return whether every session ended SUCCEEDED, according to the API."""
    display.heading("Starting")
    with running_service(_PARAMETERS, progress=display.note) as service:
        display.note(f"ready in {service.seconds_to_start:.1f} s", api=service.api.url)
        endings = [_play_scene(service, display, scene) for scene in SCENES]
        display.heading("Result")
        display.note(f"{endings.count('SUCCEEDED')} of {len(SCENES)} sessions ended SUCCEEDED", endings=endings)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        engine = service.engine.memory_mib()
        display.note(f"memory: {engine + own:.0f} MiB, of which the engine and its functions {engine:.0f} MiB")
    return all(ending == "SUCCEEDED" for ending in endings)


def _play_scene(service: Service, display: Display, scene: Scene) -> Any:
    display.heading(scene.title)
    login_id = service.simulator.bank.login_id(scene.username)
    opened = service.api.open_session(loginId=login_id).body
    try:
        ended = _follow_to_the_end(service, display, scene, opened["sessionId"])
    except StillWaiting as waiting:
        display.note(str(waiting))
        return "UNFINISHED"
    if ended["receipt"] and ended["receipt"]["result"]:
        display.accounts(Result(fetch_result(service.api, opened["sessionId"])))
    return ended["status"]


def _follow_to_the_end(service: Service, display: Display, scene: Scene, session_id: str) -> Snapshot:
    is_answered = False
    session: Snapshot = {}
    for session in follow(service.api, session_id, patience=_PATIENCE_SECONDS):
        display.session(session)
        if scene.answer and session["connectUrl"] and not is_answered:
            is_answered = True
            display.note("the user opens Flinks Connect", connectUrl=session["connectUrl"])
            scene.answer(display, session["connectUrl"])
    return session


def _answer_and_come_back(display: Display, connect_url: str) -> None:
    user = _answer(display, connect_url)
    page = user.follow_redirect()
    display.note(f"Connect sends the browser to our redirect endpoint, which answers {page.status_code}")


def _answer_and_vanish(display: Display, connect_url: str) -> None:
    _answer(display, connect_url)
    display.note("the browser is closed before the redirect: only our own poll can detect the answer now")


def _answer(display: Display, connect_url: str) -> SimulatedUser:
    user = SimulatedUser()
    user.open(connect_url)
    display.note("the bank asks", question=user.prompt)
    user.answer_correctly()
    display.note("the user answers")
    return user


SCENES = (
    Scene("(a) The bank asks nothing", "greatday_nomfa", None),
    Scene("(b) The bank asks, the user answers in Connect and comes back", "Greatday", _answer_and_come_back),
    Scene("(c) The user answers, but the redirect is lost", "Greatday", _answer_and_vanish),
)
