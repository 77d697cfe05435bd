"""The operators' desk: the queue of cases, people looked at for a reason, decisions by two.

Owns pages and who may open them; what a decision does to people is the business of `idp.identity`.
"""
