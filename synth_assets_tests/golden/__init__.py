"""Expected values that other software made, and the scripts that had it make them."""
