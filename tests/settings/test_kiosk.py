"""What `edgegw check` says of a kiosk and a voice."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgegw.settings import load
from tests.settings.files import CHECKOUT, complaints

SITE = "site: {id: a}\nstations: [{id: CP01}, {id: CP02}]\n"
GOOD = SITE + "web: {kiosk: {reader: {hid: Sycreader}}}\n"
BROKERS = "uplink: {brokers: ['mqtts://mqtt.example.com']}\n"


def kiosk(text: str) -> str:
    return f"{SITE}web: {{kiosk: {text}}}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "voice: {stations: [CP03]}\n", "voice.stations[0]: there is no station 'CP03'; did you mean"),
        (kiosk("{reader: {}}"), "web.kiosk.reader: name one reader"),
        (kiosk("{reader: {hid: a, serial: /dev/null}}"), "web.kiosk.reader: name one reader"),
        (kiosk("{reader: {serial: /dev/null, baud: 9601}}"), "web.kiosk.reader.baud: "),
        (kiosk("{reader: {hid: a, card_number: hex}}"), "web.kiosk.reader.card_number: "),
        (SITE + "web: {control: /run/a.sock, voice_socket: /run/a.sock}\n", "web.voice_socket: this is the control"),
        (SITE + f"web: {{voice_socket: /{'x' * 110}}}\n", "web.voice_socket: the path has 111 bytes"),
        (GOOD + "voice: {gemini: {api_key: {credential: g}, ephemeral: true}}\n" + BROKERS, "choose one of api_key, "),
        (GOOD + "voice: {gemini: {ephemeral: true}}\n", "uplink.brokers names none"),
        (GOOD + "voice: {gemini: {base_url: 'http://10.0.0.1'}}\n", "voice.gemini.base_url: "),
        (GOOD + "voice: {vad: ten}\n", "voice.vad: 'ten' is not allowed; allowed: webrtc, silero"),
        (GOOD + "voice: {recognizer: {}}\n", "voice.recognizer.vosk: this key is missing"),
        (GOOD + "voice: {daily_budget_tokens: -1}\n", "voice.daily_budget_tokens: "),
    ],
)
def test_what_can_not_be_is_an_error_at_its_key(tmp_path: Path, text: str, words: str) -> None:
    (found,) = complaints(tmp_path, text)
    assert words in found
    assert "warning" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SITE + "voice: {enabled: true, gemini: {ephemeral: true}}\n" + BROKERS, "nobody can begin or stop a charge"),
        (kiosk("{}"), "nobody can begin or stop a charge"),
        (GOOD + "voice: {enabled: true}\n", "there is no model to talk with"),
        (kiosk("{reader: {serial: /dev/none}}"), "/dev/none does not exist"),
        (GOOD + "voice: {enabled: true, howto: /none, gemini: {ephemeral: true}}\n" + BROKERS, "/none does not exist"),
        (
            GOOD + "voice: {enabled: true, recordings: /none, gemini: {ephemeral: true}}\n" + BROKERS,
            "voice.recordings: /none does not exist",
        ),
        (
            GOOD + "voice: {enabled: true, recognizer: {vosk: /none}, gemini: {ephemeral: true}}\n" + BROKERS,
            "voice.recognizer.vosk: /none does not exist",
        ),
        (SITE + "web: {listen: null, kiosk: {reader: {hid: a}}}\n", "no browser can show the kiosk's page"),
        (
            SITE + "web: {listen: '0.0.0.0:8080', kiosk: {pairing: false, reader: {hid: a}}}\n",
            "every browser in the network may confirm",
        ),
    ],
)
def test_what_works_otherwise_than_expected_is_a_warning(tmp_path: Path, text: str, words: str) -> None:
    (found,) = complaints(tmp_path, text)
    assert words in found
    assert "warning" in found


@pytest.mark.parametrize(("token", "good"), [("4711", True), ("12345678", True), ("123", False), ("04A1B2C3", False)])
def test_a_pin_in_the_local_list_stands_in_for_a_reader(tmp_path: Path, token: str, good: bool) -> None:
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(f'"{token}": accepted\n')
    found = complaints(tmp_path, kiosk("{}") + f"authorization: {{tokens: {tokens}}}\n")
    assert (found == []) is good


def test_the_example_of_a_kiosk_is_good() -> None:
    loaded = load(CHECKOUT / "configs" / "kiosk.yaml")
    assert loaded.warnings == []
    assert loaded.settings.web.kiosk is not None


def test_a_site_without_kiosk_and_voice_hears_nothing_of_them(tmp_path: Path) -> None:
    assert complaints(tmp_path, SITE) == []
