"""Devices and networks are told coarsely, and what cannot be read is told as nothing."""

import pytest

from idp.history.arrival import Arrival, coarse_network
from idp.history.device import device_label

ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko) {} Mobile Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) {}"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (ANDROID.format("Chrome/126.0.0.0"), "Chrome, Android"),
        (ANDROID.format("SamsungBrowser/25.0 Chrome/121.0.0.0"), "Samsung Internet, Android"),
        (ANDROID.format("Chrome/126.0.0.0 Mobile Zalo android/24061"), "Zalo, Android"),
        (WINDOWS.format("Chrome/126.0.0.0 Safari/537.36"), "Chrome, Windows"),
        (WINDOWS.format("Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"), "Edge, Windows"),
        (WINDOWS.format("coc_coc_browser/125.0.0 Chrome/119.0.0.0 Safari/537.36"), "Cốc Cốc, Windows"),
        (IPHONE.format("Version/17.5 Mobile/15E148 Safari/604.1"), "Safari, iOS"),
        (IPHONE.format("CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1"), "Chrome, iOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/126.0.0.0 Safari/537.36", "Chrome, ChromeOS"),
        ("Mozilla/5.0 (Mobile; LYF/F90M; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.0", "Firefox, KaiOS"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1; U; vi) Presto/2.12", "Opera Mini"),
        ("Windows", "Windows"),
        ("curl/8.5.0", ""),
        ("<script>alert(1)</script>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_browser_is_named_by_its_kind_and_its_system(user_agent: str | None, label: str) -> None:
    assert device_label(user_agent) == label


def test_nothing_of_a_model_or_a_version_is_kept() -> None:
    label = device_label(ANDROID.format("Chrome/126.0.6478.122"))

    assert "126" not in label
    assert "SM-A536E" not in label


def test_only_the_beginning_of_a_long_header_is_read() -> None:
    assert device_label("x" * 100_000 + "Chrome/1 Android") == ""


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:aa:bb::1", "2001:db8:aa::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_of_an_address_only_the_network_around_it_is_kept(host: str | None, network: str) -> None:
    assert coarse_network(host) == network


def test_an_arrival_hides_itself() -> None:
    arrival = Arrival.of({"user-agent": WINDOWS.format("Firefox/1")}, "203.0.113.77")

    assert (arrival.device, arrival.network) == ("Firefox, Windows", "203.0.113.0/24")
    assert "Windows" not in repr(arrival)
    assert "203" not in repr(arrival)
