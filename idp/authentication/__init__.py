"""Identity sources behind one contract, and the pages a citizen meets at them. Knows no other step.

A source says who it saw and how; who that person *is* to us, `idp.identity` decides.
"""
