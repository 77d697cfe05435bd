"""What an operator types: one module a command, loaded by `idp.cli` when it is called.

Knows settings, the registry and how to print. Decides nothing that another door (a portal) would decide too.
"""
