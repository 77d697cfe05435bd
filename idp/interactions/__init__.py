"""One in-flight authorization request of one browser. Several tabs work side by side, each with its own.

Knows what has been done so far; what comes next, the dispatcher in `idp.authorization` decides.
"""
