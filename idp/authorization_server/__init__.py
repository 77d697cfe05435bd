"""The seam to Authlib: its grants run here as pure code over what was loaded; nothing else imports them.

Owns what is issued (codes, access tokens, refresh tokens) and how clients prove who they are.
"""
