"""How generated tests run: a hundred examples each, or ten thousand in `make fuzz`; none of them is timed.

And what the system tests and the browser tests share: the deployed service.
"""

from hypothesis import settings

pytest_plugins = ["tests.deployed"]

settings.register_profile("usual", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=10_000)
settings.load_profile("usual")
