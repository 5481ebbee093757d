"""How generated tests run: a hundred examples each, or ten thousand in `make fuzz`; none of them is timed.

And what the system tests and the browser tests share: the deployed service.
"""

import signal

from hypothesis import settings

# Whoever starts the tests in the background has them, and every program that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.deployed"]

settings.register_profile("usual", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=10_000)
settings.load_profile("usual")
