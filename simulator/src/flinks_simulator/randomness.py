"""The random choices of a run: ids, and which question the bank asks."""

import random
from uuid import UUID


class Randomness(random.Random):
    """The same seed gives the same run; without one, every run differs."""

    def new_id(self) -> str:
        """Make a UUID."""
        return str(UUID(int=self.getrandbits(128), version=4))
