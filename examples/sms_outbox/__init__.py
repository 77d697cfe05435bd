"""The telephone nobody owns: takes SMS as a gateway would, sends none, and shows them on a page.

Knows no provider and no person. Keeps the latest messages in memory only.
"""
