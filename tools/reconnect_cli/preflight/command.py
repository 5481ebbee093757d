"""The command `reconnect preflight`."""

import sys
import time
from collections.abc import Callable
from typing import IO, BinaryIO

import click

from reconnect_cli.flinks_access import WrongInput, check_customer_id, check_instance, check_origin, read_keys
from reconnect_cli.preflight.connect import instance_of
from reconnect_cli.preflight.exchange import Exchange, Unreachable, over_http
from reconnect_cli.preflight.live import TEST_BANK_LOGIN, LiveAttempt, try_live
from reconnect_cli.preflight.points import Finding
from reconnect_cli.preflight.probing import Prober, Target
from reconnect_cli.preflight.report import as_json, as_text, parameters_of
from reconnect_cli.preflight.webhook import Captured

_FAULT, _UNREACHABLE, _INTERRUPTED = 1, 3, 130


@click.command(
    epilog="Exit status: 0 nothing stands in the way, 1 something must be mended first, 2 wrong input, 3 Flinks cannot "
    "be reached, 130 interrupted."
)
@click.option(
    "--instance",
    default="toolbox",
    show_default=True,
    callback=check_instance,
    help="The first part of your instance's host names.",
)
@click.option("--flinks-url", callback=check_origin, help="Another origin of the API, such as the simulator's.")
@click.option("--connect-url", callback=check_origin, help="Another origin of Connect.")
@click.option(
    "--customer-id",
    envvar="FLINKS_CUSTOMER_ID",
    required=True,
    callback=check_customer_id,
    help="Your customer id; or FLINKS_CUSTOMER_ID.",
)
@click.option(
    "--secret-file",
    type=click.File(),
    help="A file with the secret's JSON, - for standard input; or FLINKS_SECRET_KEY and FLINKS_X_API_KEY, or a prompt.",
)
@click.option(
    "--public-url", callback=check_origin, help="Where the user's page will be; it must be able to frame Connect."
)
@click.option(
    "--webhook",
    type=click.File("rb"),
    help="A received webhook: its headers, an empty line, and its body byte for byte.",
)
@click.option("--live-login-id", metavar="LOGIN_ID", help="Also make one live attempt with this login.")
@click.option("--live-test-bank", is_flag=True, help="Also make one live attempt, a new connection at FlinksCapital.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
def preflight(
    instance: str,
    flinks_url: str | None,
    connect_url: str | None,
    customer_id: str,
    secret_file: IO[str] | None,
    public_url: str | None,
    webhook: BinaryIO | None,
    live_login_id: str | None,
    live_test_bank: bool,
    is_json: bool,
) -> None:
    """Find out how your Flinks instance works, and print the parameters to deploy with.

    Makes about twenty calls that name no login that exists, so none reaches a bank. Only --live-login-id or
    --live-test-bank make a live attempt, exactly one.
    """
    if live_login_id and live_test_bank:
        raise WrongInput("Only one live attempt is made: give --live-login-id or --live-test-bank, not both.")
    attempt = LiveAttempt({"LoginId": live_login_id} if live_login_id else TEST_BANK_LOGIN)
    target = Target(
        api_url=flinks_url or f"https://{instance}-api.private.fin.ag",
        customer_id=customer_id,
        keys=read_keys(secret_file),
        connect_url=connect_url,
        public_url=public_url,
        webhook=_captured(webhook),
    )
    try:
        findings = examine(target, attempt if live_login_id or live_test_bank else None, say=_say)
    except Unreachable as why:
        click.echo(f"Error: Flinks cannot be reached at {target.api_url}: {why}", err=True)
        sys.exit(_UNREACHABLE)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(_INTERRUPTED)
    parameters = parameters_of(findings, instance_of(target.api_url), target.api_url)
    click.echo((as_json if is_json else as_text)(findings, parameters))
    sys.exit(_FAULT if any(finding.is_fault for finding in findings) else 0)


def examine(
    target: Target,
    attempt: LiveAttempt | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
    exchange: Exchange = over_http,
    pause: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Return a finding for each point, and for the live attempt if one is wanted; raise Unreachable."""
    say(f"Flinks at {target.api_url}")
    say("one live attempt follows at the end, as requested" if attempt else "no live attempt is made")
    prober = Prober(target, exchange, say)
    findings = {finding.point: finding for finding in prober.find()}
    if attempt is not None:
        say("the live attempt; this may take some minutes")
        findings |= {finding.point: finding for finding in try_live(prober, attempt, list(findings.values()), pause)}
    return list(findings.values())


def _say(text: str) -> None:
    click.echo(f"  {text}", err=True)


def _captured(file: BinaryIO | None) -> Captured | None:
    if file is None:
        return None
    try:
        return Captured.read(file.read())
    except ValueError as fault:
        raise WrongInput(
            f"The webhook cannot be read: {fault}. Give its headers, an empty line, and its body."
        ) from None
