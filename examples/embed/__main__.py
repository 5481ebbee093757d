"""`python -m examples.embed`: the service and the simulator on this machine, and the site in front of them."""

import signal
import sys

from devtools.engine import EngineError
from devtools.service import running_service
from examples.embed.site import create_site

_PORT = 4700


def main() -> None:
    """Serve until Ctrl-C."""
    # SIGTERM runs the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running_service(
            {"FlinksConnectDemo": "true", "UnattendedIntervalSeconds": "10"}, progress=print
        ) as service:
            login_id = service.simulator.bank.login_id("Greatday")
            site = create_site(service.api, connect_origin=service.simulator.url, login_id=login_id)
            print(f"The site: http://127.0.0.1:{_PORT}/ (Ctrl-C stops everything)")
            site.run("127.0.0.1", _PORT, threaded=True)
    except EngineError as broken:
        sys.exit(str(broken))


if __name__ == "__main__":
    main()
