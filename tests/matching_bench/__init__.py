"""`make bench-matching`: registers of invented people through the matcher of the provider, against the truth.

What finds, compares and decides is the provider's own code; only its database is exchanged for memory.
"""
