"""The site: one saved bank connection, two buttons, and a page that shows the state of the refresh.

What to copy: only the server calls the service, with signed requests; the browser gets only the fields it needs; and
the browser opens our link, or loads Connect by `connectUrl` in a frame.
"""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from reconnect_cli.result_rows import Result
from reconnect_client.api import Api, ApiProblem
from reconnect_client.results import ResultProblem, fetch_result

WAYS = ("link", "embed")


def create_site(api: Api, *, connect_origin: str, login_id: str) -> Flask:
    """Make the site of a user with one bank connection; `connect_origin` is the origin of Connect."""
    site = Flask(__name__)
    site.secret_key = secrets.token_bytes(32)
    site.config["SESSION_COOKIE_SAMESITE"] = "Lax"

    @site.get("/")
    def home() -> str:
        return render_template("home.html")

    @site.post("/refresh")
    def begin() -> AnyResponse:
        """Request fresh data. A second request is harmless: it joins the login's live session."""
        if request.form.get("way") not in WAYS:
            abort(400)
        opened = api.open_session(loginId=login_id, returnUrl=url_for("come_back", _external=True))
        # Stored in this browser's session only, so that no user can read another user's session.
        session["refresh"] = {"id": opened.body["sessionId"], "way": request.form["way"]}
        return redirect(url_for("show_refresh"), 303)

    @site.get("/refresh")
    def show_refresh() -> str:
        return render_template("refresh.html", way=_refresh()["way"], connect_origin=connect_origin)

    @site.get("/refresh/status")
    def read_status() -> dict[str, Any]:
        """Return what the page shows; its script polls this every two seconds."""
        refresh = _refresh()
        found = api.read_session(refresh["id"])
        return {**_status(found, refresh["way"]), "accounts": _titles(api, found)}

    @site.get("/back")
    def come_back() -> str:
        """Serve `returnUrl`. A frame may send no cookies, so this page needs none."""
        return render_template("back.html")

    @site.errorhandler(ApiProblem)
    @site.errorhandler(ResultProblem)
    def explain(problem: ApiProblem | ResultProblem) -> tuple[str, int]:
        return render_template("problem.html", problem=problem), 502

    @site.after_request
    def protect(response: Response) -> Response:
        # The frame starts at Connect, goes to the service's redirect endpoint, and ends at our own /back.
        frames = f"{connect_origin} {_origin(api.url)} 'self'"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src {frames}; "
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


def _status(found: dict[str, Any], way: str) -> dict[str, Any]:
    """Return the fields that the browser may see; the link and Connect's URL only while they are needed."""
    is_users_turn = found["nextStep"]["owner"] == "user"
    return {
        "sentence": found["nextStep"]["sentence"],
        "isOver": found["link"] is None,
        "isFresh": found["status"] == "SUCCEEDED",
        "connectUrl": found["connectUrl"] if way == "embed" else None,
        "link": found["link"] if is_users_turn else None,
    }


def _titles(api: Api, found: dict[str, Any]) -> list[str]:
    """Fetch the data, since the receipt has only counts, and return only what the page shows."""
    if not (found["receipt"] and found["receipt"]["result"]):
        return []
    return [account["title"] for account in Result(fetch_result(api, found["sessionId"])).accounts()]


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
