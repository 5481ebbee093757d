"""The port `Flinks`: the HTTP API and the parsing of its replies."""
