"""The site: one saved bank connection, two buttons, and a page that tells how the refresh stands.

What to take from it: the service is asked by the server only, with signed requests; the browser gets of the answer
what it needs; and it is sent to our link, or loads Connect by `connectUrl` in a frame.
"""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from reconnect_cli.api import Api, ApiProblem
from reconnect_cli.result_rows import Result
from reconnect_cli.results import ResultProblem, fetch_result

WAYS = ("link", "embed")


def create_site(api: Api, *, connect_origin: str, login_id: str) -> Flask:
    """The site of a user with one bank connection; `connect_origin` is where Connect lives, without a path."""
    site = Flask(__name__)
    site.secret_key = secrets.token_bytes(32)
    site.config["SESSION_COOKIE_SAMESITE"] = "Lax"

    @site.get("/")
    def home() -> str:
        return render_template("home.html")

    @site.post("/refresh")
    def begin() -> AnyResponse:
        """Ask for fresh data. Asking twice is harmless: a login's live session is joined."""
        if request.form.get("way") not in WAYS:
            abort(400)
        opened = api.open_session(loginId=login_id, returnUrl=url_for("come_back", _external=True))
        # Kept for this browser alone, so that nobody can ask for the session of somebody else.
        session["refresh"] = {"id": opened.body["sessionId"], "way": request.form["way"]}
        return redirect(url_for("show_refresh"), 303)

    @site.get("/refresh")
    def show_refresh() -> str:
        return render_template("refresh.html", way=_refresh()["way"], connect_origin=connect_origin)

    @site.get("/refresh/status")
    def tell_status() -> dict[str, Any]:
        """What the page needs to know, asked by its script every two seconds."""
        refresh = _refresh()
        found = api.read_session(refresh["id"])
        return {**_status(found, refresh["way"]), "accounts": _titles(api, found)}

    @site.get("/back")
    def come_back() -> str:
        """Where `returnUrl` leads. In a frame no cookie may come along, so this page asks for none."""
        return render_template("back.html")

    @site.errorhandler(ApiProblem)
    @site.errorhandler(ResultProblem)
    def explain(problem: ApiProblem | ResultProblem) -> tuple[str, int]:
        return render_template("problem.html", problem=problem), 502

    @site.after_request
    def protect(response: Response) -> Response:
        # The frame begins at Connect, goes to the service's redirect door, and ends at our own /back.
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
    """Of the API's answer, what this user's browser may see; the link and Connect's URL only while they are needed."""
    is_users_turn = found["nextStep"]["owner"] == "user"
    return {
        "sentence": found["nextStep"]["sentence"],
        "isOver": found["link"] is None,
        "isFresh": found["status"] == "SUCCEEDED",
        "connectUrl": found["connectUrl"] if way == "embed" else None,
        "link": found["link"] if is_users_turn else None,
    }


def _titles(api: Api, found: dict[str, Any]) -> list[str]:
    """The receipt only counts; the data is fetched, and of it the browser gets no more than it shows."""
    if not (found["receipt"] and found["receipt"]["result"]):
        return []
    return [account["title"] for account in Result(fetch_result(api, found["sessionId"])).accounts()]


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))
