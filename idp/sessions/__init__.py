"""Single sign-on sessions: who is logged in in this browser, how, and which services took part.

Knows no source and no page. When a session may be reused, `idp.authorization` decides.
"""
