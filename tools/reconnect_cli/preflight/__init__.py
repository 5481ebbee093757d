"""`reconnect preflight`: what one Flinks instance does where Flinks' pages are silent or contradict each other."""
