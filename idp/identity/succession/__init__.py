"""Numbers that were re-issued: which took the place of which."""
