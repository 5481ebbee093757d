"""The site: two buttons, and a page that shows the state of the refresh.

What to copy: only the server calls the service; the browser gets only the fields it needs, and opens our link or loads
Connect in a frame.
"""

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from reconnect_client import ApiProblem, Client, NoAnswer, ResultProblem
from reconnect_client.types import Session

from .consumer import Refreshes
from .settings import Settings

_WAYS = ("link", "embed")


def create_site(client: Client, api_url: str, settings: Settings, refreshes: Refreshes) -> Flask:
    """Make the site of one user with one bank connection."""
    site = Flask(__name__, static_folder="../static")
    # Yours is a secret of the deployment: with this one, a restart signs everybody out.
    site.secret_key = secrets.token_bytes(32)
    site.config["SESSION_COOKIE_SAMESITE"] = "Lax"

    @site.get("/")
    def home() -> Response:
        return site.send_static_file("index.html")

    @site.post("/refresh")
    def begin() -> AnyResponse:
        """Request fresh data. A second request is harmless: it joins the login's live session."""
        if request.form.get("way") not in _WAYS:
            abort(400)
        opened = client.open(
            loginId=settings.login_id, returnUrl=url_for("come_back", _external=True), correlationId="site:alice"
        )
        # Stored in this browser's session only, so that no user can read another user's session.
        session["refresh"] = {"id": opened["sessionId"], "way": request.form["way"]}
        return redirect("/refresh", 303)

    @site.get("/refresh")
    def show_refresh() -> Response:
        _refresh()
        return site.send_static_file("refresh.html")

    @site.get("/refresh/status")
    def read_status() -> dict[str, Any]:
        """Return what the page shows; its script polls this every two seconds."""
        refresh = _refresh()
        found = client.read(refresh["id"])
        accounts = _titles(client, found)
        return {
            **_status(found, refresh["way"]),
            "accounts": accounts,
            "lastEvent": refreshes.last_event(refresh["id"]),
        }

    @site.get("/back")
    def come_back() -> Response:
        """Serve `returnUrl`. A frame may send no cookies, so this page needs none."""
        return site.send_static_file("back.html")

    @site.errorhandler(ApiProblem)
    @site.errorhandler(NoAnswer)
    @site.errorhandler(ResultProblem)
    def explain(problem: ApiProblem | NoAnswer | ResultProblem) -> tuple[str, int]:
        """Say that it did not work. 429: it is too soon; the problem's `nextAllowedAt` says when to come back."""
        is_too_soon = isinstance(problem, ApiProblem) and problem.next_allowed_at is not None
        return ("Your accounts were just refreshed.", 429) if is_too_soon else ("That did not work. Try again.", 502)

    @site.after_request
    def protect(response: Response) -> Response:
        # The frame starts at Connect, goes to the service's redirect endpoint, and ends at our own /back.
        api = "{0.scheme}://{0.netloc}".format(urlsplit(api_url))
        frames = f"{settings.connect_origin} {api} 'self'"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {api}; frame-src {frames}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return site


def _refresh() -> dict[str, str]:
    if "refresh" not in session:
        abort(404)
    refresh: dict[str, str] = session["refresh"]
    return refresh


def _status(found: Session, way: str) -> dict[str, Any]:
    """Return the fields that the browser may see; the link and Connect's URL only while they are needed."""
    is_users_turn = found["nextStep"]["owner"] == "user"
    return {
        "sentence": found["nextStep"]["sentence"],
        "isOver": found["link"] is None,
        "isFresh": found["status"] == "SUCCEEDED",
        "connectUrl": found["connectUrl"] if way == "embed" else None,
        "link": found["link"] if is_users_turn else None,
    }


def _titles(client: Client, found: Session) -> list[str]:
    """Fetch the data, since the receipt has only counts, and return only what the page shows."""
    if not (found["receipt"] and found["receipt"]["result"]):
        return []
    return [account.get("Title") or "Account" for account in json.loads(client.result(found["sessionId"]))["Accounts"]]
