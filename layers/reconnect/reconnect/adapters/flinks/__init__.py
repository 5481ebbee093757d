"""The port `Flinks`: the HTTP API, its replies and what they hold."""
