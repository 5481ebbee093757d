"""`reconnect smoke`: one session against a deployed stack, and by name what does not work."""
