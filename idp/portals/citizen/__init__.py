"""A person's own pages: what is known of them, through whom, who was told, and every way to stop it.

Shows and asks; what is done to links, sessions and people, `idp.identity` and `idp.sessions` do. Everything here is
looked up by the visitor's own person id: what belongs to somebody else is not found.
"""
