"""`python -m devtools.example`: the service and the simulator on this machine, and the Python example before them."""

import signal
import subprocess
import sys

from devtools.engine import EngineError
from devtools.service import PROJECT, Service, running_service

EXAMPLE = PROJECT / "examples" / "python"


def environment_of(service: Service, login_id: str, name: str = "site-events") -> dict[str, str]:
    """Deploy the example's rule and queue under a name, and return the environment that its README asks for."""
    engine, bus = service.engine, service.stack.outputs["EventBusName"]
    events = engine.deploy(EXAMPLE / "events.yaml", name=name, parameters={"EventBusName": bus})
    return {
        "RECONNECT_API_URL": service.api.url,
        "AWS_ACCESS_KEY_ID": engine.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": engine.credentials.secret_access_key,
        "AWS_REGION": engine.credentials.region,
        "AWS_DEFAULT_REGION": engine.credentials.region,
        "AWS_ENDPOINT_URL": engine.endpoint_url,
        "CONNECT_ORIGIN": service.simulator.url,
        "LOGIN_ID": login_id,
        "EVENT_QUEUE_URL": events.outputs["QueueUrl"],
        "EVENT_ACCOUNT": events.outputs["Account"],
    }


def main() -> None:
    """Serve until Ctrl-C."""
    # SIGTERM runs the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running_service({"FlinksConnectDemo": "true"}, progress=print) as service:
            environment = environment_of(service, service.simulator.bank.login_id("Greatday"))
            with subprocess.Popen([sys.executable, "-m", "reconnect_site"], cwd=EXAMPLE, env=environment) as site:
                try:
                    site.wait()
                finally:
                    site.terminate()
    except KeyboardInterrupt:
        print("stopped")
    except EngineError as broken:
        sys.exit(str(broken))


if __name__ == "__main__":
    main()
