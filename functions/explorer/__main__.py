"""`python -m functions.explorer`: serves the explorer on PORT, to this machine only unless HOST is set."""

from functions.explorer.server import main

main()
