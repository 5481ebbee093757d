"""`python -m reconnect_site`: the site and the consumer of its events, until Ctrl-C."""

import sys
from threading import Thread

from werkzeug.serving import make_server

from reconnect_client import Api, Client, Misconfigured

from .consumer import Refreshes, consume
from .settings import Settings
from .web import create_site


def main() -> None:
    """Serve on loopback."""
    try:
        settings, api = Settings.from_environment(), Api.from_environment()
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}; the README says to what.")
    except Misconfigured as problem:
        sys.exit(str(problem))
    refreshes = Refreshes(settings.state_file)
    if settings.queue_url:
        # In production this is a process of its own, or a Lambda function with the queue as its event source.
        Thread(target=consume, args=(settings.queue_url, settings.account, refreshes), daemon=True).start()
    server = make_server(
        "127.0.0.1", settings.port, create_site(Client(api), api.url, settings, refreshes), threaded=True
    )
    print(f"The site: http://127.0.0.1:{server.port}/ (Ctrl-C stops it)", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
