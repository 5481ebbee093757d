"""The service of this Lambda environment, made on first use."""

import os

from reconnect.runtime.aws_ports import AwsPorts
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings

_services: list[Service] = []


def service() -> Service:
    """The one service of this environment: over AWS, unless another was installed."""
    if not _services:
        settings = Settings.from_env(os.environ)
        _services.append(Service(AwsPorts(settings, os.environ), settings))
    return _services[0]


def install(other: Service | None) -> None:
    """Let the handlers use this service, such as one over fakes; None: forget the one in use."""
    _services[:] = [other] if other else []
