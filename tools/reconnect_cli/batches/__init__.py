"""The commands on many logins."""
