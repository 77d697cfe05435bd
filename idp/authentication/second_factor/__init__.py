"""A code of the person's app, on top of what they did in this login. Knows no source and no rule about levels."""
