"""`python -m functions.explorer`: the explorer, on PORT, of this machine only unless HOST says otherwise."""

from functions.explorer.server import main

main()
