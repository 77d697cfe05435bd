"""A service asks somebody who is not in its browser (OpenID Connect CIBA Core 1.0): the request, and how they are told.

Whom it may ask: those it knows already, by their own `sub` or an ID token of ours. Knows nothing of how the person
decides (a login like any other) and of the tokens that come of it.
"""
