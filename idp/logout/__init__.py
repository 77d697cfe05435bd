"""Logging out: asked for by a service or by the person (RP-Initiated Logout), told to every service that took part
(Back-Channel Logout). Knows no source; an upstream session stays the source's own."""
