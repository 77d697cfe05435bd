"""What a browser calls itself, told coarsely: "Chrome, Android". Enough to recognise one's own, too little to track.

A table of our own: the libraries for this know thousands of models that a history must not hold.
"""

from typing import Final

UNKNOWN: Final = ""
# The first mark that is found names it: nearly every browser also claims to be the ones below it.
_BROWSERS: Final = (
    ("Zalo", "Zalo"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex"),
    ("UCBrowser/", "UC Browser"),
    ("Opera Mini/", "Opera Mini"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("KAIOS/", "KaiOS"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_LONGEST_READ: Final = 512


def device_label(user_agent: str | None) -> str:
    """The browser's and the system's name, or what is known of them; empty where nothing is."""
    told = (user_agent or "")[:_LONGEST_READ]
    return ", ".join(name for name in (_first(_BROWSERS, told), _first(_SYSTEMS, told)) if name)


def _first(marks: tuple[tuple[str, str], ...], told: str) -> str:
    return next((name for mark, name in marks if mark in told), UNKNOWN)
