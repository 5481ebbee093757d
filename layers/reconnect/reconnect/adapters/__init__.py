"""The outside world behind the domain's ports: Flinks over HTTP, AWS over boto3."""
