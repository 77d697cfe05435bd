"""The authorization endpoint and the dispatcher: what comes next in a login, and the answer to the service.

Knows what is missing, never how a step gets it.
"""
