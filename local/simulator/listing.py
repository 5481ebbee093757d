"""What the command line prints about the simulator."""

from collections.abc import Collection

from local.simulator.users import LOGINS, Scenario, ready_login_id


def welcome(url: str) -> str:
    """Tell where the simulator listens and how to begin."""
    return "\n".join(
        (
            f"Flinks simulator at {url} (Ctrl-C stops it). LoginIds of the FlinksCapital users:",
            *(f"  {login_id}  {username}" for username, login_id in LOGINS.items()),
            "More behaviours: `reconnect simulator --list`. One line per request follows.",
        )
    )


def table_of(scenarios: Collection[Scenario]) -> str:
    """List scenarios, one a line, with the LoginId each has in every run."""
    width = max(len(each.name) for each in scenarios)
    return "\n".join(
        (
            f"{'SCENARIO':{width}}  {'LOGIN ID':36}  WHAT HAPPENS",
            *(f"{each.name:{width}}  {ready_login_id(each.name)}  {each.description}" for each in scenarios),
        )
    )
