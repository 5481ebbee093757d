"""The way back to the integrator: the URL that Connect makes, and what becomes of it in the browser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid5

from flinks_simulator.connect.parameters import Parameters
from flinks_simulator.connect.visit import Event
from flinks_simulator.records import Attempt
from flinks_simulator.users import INSTITUTION, Redirect


@dataclass(frozen=True)
class WayBack:
    """How a finished page leaves: its REDIRECT events, and the addresses the browser then goes to.

    `is_awaited`: nothing of it happens yet, but asking again later will bring it.
    """

    events: tuple[Event, ...] = ()
    navigations: tuple[str, ...] = ()
    is_awaited: bool = False


def find_way_back(parameters: Parameters, attempt: Attempt, account_ids: tuple[str, ...], now: datetime) -> WayBack:
    """Decide how Connect ends, in the way the login's behaviour asks for."""
    behaviour = attempt.login.behaviour
    match behaviour.redirect:
        case Redirect.LOST:
            return WayBack()
        case Redirect.LATE if now < _due(attempt, behaviour.redirect_delay_minutes, now):
            return WayBack(is_awaited=True)
    times = 2 if behaviour.redirect is Redirect.TWICE else 1
    login_id = attempt.login.login_id
    if behaviour.redirect is Redirect.FORGED:
        login_id = forge_login_id(login_id)
    url = build_redirect_url(parameters, login_id, account_ids)
    # Integrators who set jsRedirect go there themselves, on the event [T].
    leaves = parameters.redirect_url and not parameters.js_redirect
    event = _redirect_event(url, login_id, attempt.request_id, account_ids)
    return WayBack(events=(event,) * times, navigations=(url,) * times if leaves else ())


def build_redirect_url(parameters: Parameters, login_id: str, account_ids: tuple[str, ...]) -> str:
    """Add what Connect adds to the integrator's URL, keeping the query it already has [D WIDGET]."""
    parts = urlsplit(parameters.redirect_url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("loginId", login_id)]
    if account_ids:
        query.append(("accountId", ",".join(account_ids)))
    if parameters.tag:
        query.append(("tag", parameters.tag))
    query.append(("institution", INSTITUTION))
    return urlunsplit(parts._replace(query=urlencode(query, safe=",")))


def forge_login_id(login_id: str) -> str:
    """Name the stranger's LoginId that a forged redirect carries, always the same for one login."""
    return str(uuid5(NAMESPACE_URL, f"forged:{login_id}"))


def _redirect_event(url: str, login_id: str, request_id: str, account_ids: tuple[str, ...]) -> Event:
    """Join the two documented forms, the one with the URL [D EVENTS] and the one with the ids [D OAUTH]."""
    event: Event = {
        "step": "REDIRECT",
        "institution": INSTITUTION,
        "url": url,
        "loginId": login_id,
        "requestId": request_id,
    }
    return event | ({"accountId": ",".join(account_ids)} if account_ids else {})


def _due(attempt: Attempt, delay_minutes: int, now: datetime) -> datetime:
    return (attempt.settled_at or now) + timedelta(minutes=delay_minutes)
