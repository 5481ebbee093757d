"""How long a call to AWS may take: one that stalls is repeated while somebody still waits for the function."""

from botocore.config import Config

_CONNECT_TIMEOUT_SECONDS = 1
_READ_TIMEOUT_SECONDS = 2
_ATTEMPTS = 3

# By default the SDK waits a minute for each: longer than the API waits for a function.
CALL_CONFIG = Config(
    connect_timeout=_CONNECT_TIMEOUT_SECONDS,
    read_timeout=_READ_TIMEOUT_SECONDS,
    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
)

# Before its n-th repetition the SDK waits at most 2^(n-1) seconds.
LONGEST_CALL_SECONDS = _ATTEMPTS * (_CONNECT_TIMEOUT_SECONDS + _READ_TIMEOUT_SECONDS) + 2 ** (_ATTEMPTS - 1) - 1
