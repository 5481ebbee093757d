"""How a session is shown to callers, to the bus and to end users."""
