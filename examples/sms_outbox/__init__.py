"""The telephone and the letter box nobody owns: takes SMS as a gateway would and e-mails as a mail server would,
sends none, and shows them on a page.

Knows no provider and no person. Keeps the latest messages in memory only.
"""
