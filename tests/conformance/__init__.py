"""Runs our provider before the OpenID Foundation's conformance suite. The suite itself is not part of this repository.

`provider` starts the sandbox behind a TLS proxy, `plans` says what is run and with which configuration, `run`
drives the suite through its API and writes what it said. No file here is collected by pytest.
"""
