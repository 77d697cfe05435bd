"""The sandbox: other people's systems in miniature, and two services, so that a newcomer can try one login.

Every person, number and message in here is invented. Nothing in here starts in production mode, and no part
but the demo's runner knows that the provider is written in Python.
"""
