"""The demo's runner: addresses, secrets and configuration of one sandbox, its two processes, and what it tells.

The only part of the sandbox that starts the provider, and only through its command line.
"""
