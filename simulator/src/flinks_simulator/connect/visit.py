"""One page load in Connect: its parameters, the target of its form, and the events it sends."""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlencode

from flask import render_template, request

from flinks_simulator.connect.parameters import Parameters
from flinks_simulator.users import INSTITUTION
from flinks_simulator.wording import WORDING, explain

Event = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """The state of a user's visit; `query` carries it from page to page.

    `institution_id` is the bank that the integrator preselected in the path.
    """

    path: str
    query: dict[str, str]
    institution_id: str | None = None
    events: list[Event] = field(default_factory=list)

    @classmethod
    def here(cls) -> Self:
        """Read the visit from the request being served."""
        return cls(request.path, request.args.to_dict(), (request.view_args or {}).get("institution_id"))

    @property
    def parameters(self) -> Parameters:
        """The parameters in the URL."""
        return Parameters.read(self.query)

    def knowing(self, **more: str) -> Self:
        """Return the same visit with more values for later pages."""
        return replace(self, query=self.query | more)

    def send_step(self, step: str, **details: Any) -> None:
        """Send a step event to the parent window [D EVENTS]."""
        self.events.append({"step": step, **details})

    def send_bank_step(self, step: str, **details: Any) -> None:
        """Send a step event that names the institution [D EVENTS]."""
        self.send_step(step, institution=INSTITUTION, **details)

    def send_code(self, code: str, request_id: str | None = None) -> None:
        """Send a code event [D help 43000436171]."""
        self.events.append({"requestId": request_id, "flinksCode": code, "institution": INSTITUTION})

    def bank_url(self) -> str:
        """The address of the bank's own sign-in, which leads back to this visit [I: what Flinks' own looks like]."""
        return f"/bank/sign-in?{urlencode({**self._kept_query(), 'connect': self.path})}"

    def render(
        self,
        screen: str,
        problem: str | None = None,
        navigations: tuple[str, ...] = (),
        bank: dict[str, Any] | None = None,
        **values: Any,
    ) -> str:
        """Render one screen; `problem` is the FlinksCode to explain, `navigations` the URLs to open next, `bank` how to
        open the sign-in of an OAuth bank.
        """
        parameters = self.parameters
        messages = [json.dumps(event) for event in self.events] if parameters.stringify else self.events
        return render_page(
            screen,
            parameters,
            action=self._form_action(),
            problem=problem,
            reason=explain(parameters.language, problem) if problem else "",
            page={"messages": messages, "stringify": parameters.stringify, "navigations": navigations, "bank": bank},
            **values,
        )

    def _form_action(self) -> str:
        return f"{self.path}?{urlencode(self._kept_query())}"

    def _kept_query(self) -> dict[str, str]:
        # Loading the page spent the token, so later pages leave it out.
        return {name: value for name, value in self.query.items() if name != "authorizeToken"}


def render_page(screen: str, parameters: Parameters, **values: Any) -> str:
    """Render a page of Connect or of the bank, in the language of the parameters."""
    return render_template(
        f"{screen}.html",
        screen=screen,
        parameters=parameters,
        words=WORDING[parameters.language],
        institution=INSTITUTION,
        **values,
    )
