"""The whole service on this machine: the simulator, the local AWS engine, and the real template deployed to it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.credentials import Credentials

from devtools.engine import LocalEngine, Stack
from flinks_simulator import SHIPPED, Scenario, Simulator
from reconnect.model.flinks_secret import FlinksSecret
from reconnect_client.api import Api

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATE = PROJECT / "template.yaml"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class LocalStack:
    """A running service and the engine under it."""

    api: Api
    engine: LocalEngine
    stack: Stack
    seconds_to_start: float


@dataclass(frozen=True)
class Service(LocalStack):
    """A running service over the simulator."""

    simulator: Simulator


@contextmanager
def running_service(
    parameters: Mapping[str, str] | None = None,
    *,
    simulator_port: int = 0,
    scenarios: Mapping[str, Scenario] = SHIPPED,
    progress: Progress = lambda _: None,
    on_flinks_request: Callable[[str], None] | None = None,
    concurrency: int | None = None,
) -> Iterator[Service]:
    """Start everything, and stop it when the block ends, also after an error.

    `concurrency`: how many functions may run at once before Lambda throttles.
    """
    began = time.monotonic()
    with Simulator(simulator_port, scenarios=scenarios, on_request=on_flinks_request) as simulator:
        progress(f"Flinks simulator at {simulator.url}")
        with LocalEngine.start(concurrency=concurrency) as engine:
            progress(f"local AWS engine at {engine.endpoint_url}")
            service = deploy_service(engine, simulator, "reconnect", parameters or {}, began=began)
            progress(f"template.yaml deployed: {len(service.stack.resources)} resources")
            yield service


@contextmanager
def running_before(
    parameters: Mapping[str, str],
    keys: FlinksSecret,
    *,
    progress: Progress = lambda _: None,
    concurrency: int | None = None,
) -> Iterator[LocalStack]:
    """Start everything but the simulator, before the Flinks that the parameters name; stop it when the block ends."""
    began = time.monotonic()
    with LocalEngine.start(concurrency=concurrency) as engine:
        progress(f"local AWS engine at {engine.endpoint_url}")
        name = "reconnect"
        stack = engine.deploy(TEMPLATE, name=name, parameters={"PublicBaseUrl": engine.api_url_for(name), **parameters})
        put_flinks_secret(engine, stack, keys.secret_key, keys.x_api_key, keys.webhook_secret)
        progress(f"template.yaml deployed: {len(stack.resources)} resources")
        yield LocalStack(local_api(engine, stack), engine, stack, time.monotonic() - began)


def deploy_service(
    engine: LocalEngine,
    simulator: Simulator,
    name: str,
    parameters: Mapping[str, str],
    *,
    began: float | None = None,
) -> Service:
    """Deploy the real template under a name, configured for the simulator and with its secret."""
    started = time.monotonic() if began is None else began
    stack = engine.deploy(
        TEMPLATE,
        name=name,
        parameters={
            "FlinksCustomerId": simulator.bank.settings.customer_id,
            "FlinksApiBaseUrl": simulator.url,
            "FlinksConnectBaseUrl": simulator.url,
            "PublicBaseUrl": engine.api_url_for(name),
            **parameters,
        },
    )
    put_flinks_secret(engine, stack, simulator.bank.settings.secret)
    return Service(local_api(engine, stack), engine, stack, time.monotonic() - started, simulator)


def put_flinks_secret(
    engine: LocalEngine, stack: Stack, secret_key: str, x_api_key: str | None = None, webhook_secret: str | None = None
) -> None:
    """Put the Flinks keys into the secrets that the template made, as a deployer does once by hand."""
    keys = {"secretKey": secret_key, "xApiKey": x_api_key}
    vault = engine.client("secretsmanager")
    vault.put_secret_value(
        SecretId=stack.outputs["FlinksSecretArn"],
        SecretString=json.dumps({name: key for name, key in keys.items() if key}),
    )
    if webhook_secret:
        vault.put_secret_value(SecretId=stack.outputs["WebhookSecretArn"], SecretString=webhook_secret)


def local_api(engine: LocalEngine, stack: Stack, **more: float) -> Api:
    """Return a client that signs as the engine's root user; `more` as for Api."""
    root = engine.credentials
    return Api(stack.api_url, Credentials(root.access_key_id, root.secret_access_key), root.region, **more)
