"""`python -m flinks_simulator`: the `flinks-simulator` command."""

from flinks_simulator.command import main

main()
