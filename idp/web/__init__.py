"""The HTTP edge: strict parsing, cookies, CSRF, headers, pages and their words.

Knows nothing about identity, services or sessions: every page gets plain values.
"""
