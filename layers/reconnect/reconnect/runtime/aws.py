"""The service of this Lambda environment, made on first use."""

import os
from operator import attrgetter
from typing import TYPE_CHECKING

from reconnect.runtime.aws_ports import AwsPorts
from reconnect.runtime.observability import logger
from reconnect.runtime.service import Service
from reconnect.runtime.settings import Settings, SettingsError

if TYPE_CHECKING:
    from reconnect.model.brand import Brand

_services: list[Service] = []


def service() -> Service:
    """The one service of this environment: over AWS, unless another was installed."""
    if not _services:
        settings = Settings.from_env(os.environ)
        _services.append(Service(AwsPorts(settings, os.environ), settings, _brand))
    return _services[0]


def _brand() -> "Brand":
    from reconnect.runtime.brand_settings import read_brand  # noqa: PLC0415 - only the pages need it

    return read_brand(os.environ)


def install(other: Service | None) -> None:
    """Let the handlers use this service, such as one over fakes; None: forget the one in use."""
    _services[:] = [other] if other else []


def prepare(*parts: str) -> None:
    """Make these parts of the service, with their clients, while Lambda initializes; elsewhere, do nothing.

    Lambda initializes with more processor than it invokes with. No secret is read and no call is made. A part that
    cannot be made is logged, and made again by the invocation, which fails with the same error: if the error ended the
    initialization, Lambda would hide it behind a restart.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" not in os.environ:
        return
    try:
        attrgetter(*parts)(service())
    except (SettingsError, ValueError) as fault:
        logger.error("not_prepared", extra={"fault": f"{type(fault).__name__}: {fault}"})
