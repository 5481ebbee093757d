"""The redirect to the integrator: the URL that Connect builds, and what happens to it in the browser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid5

from flinks_simulator.connect.parameters import Parameters
from flinks_simulator.connect.visit import Event
from flinks_simulator.records import Attempt
from flinks_simulator.users import INSTITUTION, Redirect


@dataclass(frozen=True)
class RedirectPlan:
    """The REDIRECT events of a finished page and the URLs the browser then opens.

    `is_awaited`: the redirect is late; a later request will return it.
    """

    events: tuple[Event, ...] = ()
    navigations: tuple[str, ...] = ()
    is_awaited: bool = False


def plan_redirect(
    parameters: Parameters, attempt: Attempt, account_ids: tuple[str, ...], now: datetime
) -> RedirectPlan:
    """Plan the redirect according to the login's behaviour."""
    behaviour = attempt.login.behaviour
    match behaviour.redirect:
        case Redirect.LOST:
            return RedirectPlan()
        case Redirect.LATE if now < _due(attempt, behaviour.redirect_delay_minutes, now):
            return RedirectPlan(is_awaited=True)
    times = 2 if behaviour.redirect is Redirect.TWICE else 1
    login_id = attempt.login.login_id
    if behaviour.redirect is Redirect.FORGED:
        login_id = forge_login_id(login_id)
    url = build_redirect_url(parameters, login_id, account_ids)
    # Integrators who set jsRedirect navigate themselves when they receive the event [T].
    leaves = parameters.redirect_url and not parameters.js_redirect
    event = _redirect_event(url, login_id, attempt.request_id, account_ids)
    return RedirectPlan(events=(event,) * times, navigations=(url,) * times if leaves else ())


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


def build_refusal_url(redirect_url: str, request_id: str) -> str:
    """Add to the integrator's URL what an OAuth refusal adds: state, error, error_description [D].

    That Connect does as the custom OAuth integration does is a guess [I].
    """
    parts = urlsplit(redirect_url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("state", str(uuid5(NAMESPACE_URL, f"oauth:{request_id}"))),
        ("error", "access_denied"),
        ("error_description", "The resource owner denied the request"),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def forge_login_id(login_id: str) -> str:
    """Return the foreign LoginId that a forged redirect carries, always the same for one login."""
    return str(uuid5(NAMESPACE_URL, f"forged:{login_id}"))


def _redirect_event(url: str, login_id: str, request_id: str, account_ids: tuple[str, ...]) -> Event:
    """Combine the two documented forms: with the URL [D EVENTS] and with the ids [D OAUTH]."""
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
