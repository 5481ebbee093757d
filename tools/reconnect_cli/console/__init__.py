"""`reconnect console`: the operator's page, served on this machine only."""
