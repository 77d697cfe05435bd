"""From what a source verified to one Person, or to a doubt. Never a false merge."""
