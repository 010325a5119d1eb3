"""The file in a form, however its body is cut up on the way."""

from __future__ import annotations

import pytest

from edgegw.files.multipart import FirstFile, Malformed, boundary_of

CONTENT = b"log line\r\n--not the end\r\n\x00\xff" * 3

FORMS = {
    "a file alone": (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="CP01.zip"\r\n'
        b"Content-Type: application/zip\r\n\r\n" + CONTENT + b"\r\n--B--\r\n"
    ),
    "a field before it": (
        b'--B\r\nContent-Disposition: form-data; name="kind"\r\n\r\nsecurity\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="CP01.zip"\r\n\r\n' + CONTENT + b"\r\n--B--"
    ),
    "a preamble and a field behind it": (
        b'what the RFC lets stand here\r\n--B\r\nContent-Disposition: attachment; filename=CP01.zip\r\n\r\n'
        + CONTENT + b'\r\n--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--\r\n'
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_file_comes_out_whole_however_its_form_is_cut(form: bytes, step: int) -> None:
    parser = FirstFile(b"B")
    found = b"".join(parser.feed(form[at : at + step]) for at in range(0, len(form), step))
    assert (found, parser.name, parser.done) == (CONTENT, "CP01.zip", True)


def test_an_empty_file_is_one() -> None:
    parser = FirstFile(b"B")
    assert parser.feed(b'--B\r\nContent-Disposition: form-data; filename="a"\r\n\r\n\r\n--B--\r\n') == b""
    assert parser.done


def test_a_file_without_its_end_is_not_done() -> None:
    parser = FirstFile(b"B")
    parser.feed(FORMS["a file alone"][:-9])
    assert not parser.done


@pytest.mark.parametrize(
    "body",
    [
        b"--B--\r\n", b"x" * 20_000, b"--B\r\n" + b"y" * 20_000,
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--',
    ],
    ids=["empty", "no boundary", "a head without an end", "fields alone"],
)  # fmt: skip
def test_what_holds_no_file_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        FirstFile(b"B").feed(body)


def test_the_boundary_is_read_from_the_content_type() -> None:
    assert boundary_of('multipart/form-data; boundary="a b"') == b"a b"
    assert boundary_of("Multipart/Form-Data; charset=x; Boundary=ab; y") == b"ab"
    assert boundary_of("application/zip") is None
    with pytest.raises(Malformed):
        boundary_of("multipart/form-data")
