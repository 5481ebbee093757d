"""Pure policies: when data is fresh, how long to wait, how a session ends."""
