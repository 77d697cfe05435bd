"""Where a service asks whether a `sub` it knows was replaced. Knows no merge, only what became of the `sub`."""
