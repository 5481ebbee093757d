"""The reconnect service: fresh bank data for a Flinks LoginId, with the user brought back when the bank asks."""
