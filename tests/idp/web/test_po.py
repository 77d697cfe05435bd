"""Reading of catalogue files, with Babel as an independent reader."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from idp.web.i18n import LOCALES_FOLDER, Locale
from idp.web.po import CatalogueError, read_catalogue

HEADER = 'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


def written(folder: Path, body: str, *, name: str = "page.po", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text(header + body, encoding="utf-8")
    return path


def test_reads_text_over_several_lines_with_escapes(tmp_path: Path) -> None:
    path = written(tmp_path, '# a comment\nmsgid "a"\nmsgstr ""\n"one \\"two\\"\\n"\n"three \\\\"\n')

    assert read_catalogue([path]).message("a") == 'one "two"\nthree \\'


def test_chooses_the_form_by_the_rule_of_the_language(tmp_path: Path) -> None:
    path = written(tmp_path, 'msgid "n"\nmsgid_plural "n"\nmsgstr[0] "{n} try"\nmsgstr[1] "{n} tries"\n')
    catalogue = read_catalogue([path])

    assert [catalogue.message("n", n) for n in (0, 1, 2)] == ["{n} tries", "{n} try", "{n} tries"]


def test_a_counted_message_without_its_number_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, 'msgid "n"\nmsgid_plural "n"\nmsgstr[0] "a"\nmsgstr[1] "b"\n')

    with pytest.raises(KeyError):
        read_catalogue([path]).message("n")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('msgid "a"\nmsgstr "x"\n\nmsgid "a"\nmsgstr "y"\n', id="a key twice"),
        pytest.param('msgid "a"\nmsgstr ""\n', id="no text"),
        pytest.param('msgid "a"\nmsgstr "x\n', id="an open quote"),
        pytest.param('msgid "a"\nmsgstr "x\\t"\n', id="an unknown escape"),
        pytest.param('msgctxt "c"\nmsgid "a"\nmsgstr "x"\n', id="an unknown keyword"),
        pytest.param('msgid "a"\nmsgstr "x"\n\n"stray"\n', id="text of no entry"),
    ],
)
def test_refuses_a_file_that_is_not_well_formed(tmp_path: Path, body: str) -> None:
    with pytest.raises(CatalogueError):
        read_catalogue([written(tmp_path, body)])


def test_refuses_a_key_that_stands_in_two_files(tmp_path: Path) -> None:
    one = written(tmp_path, 'msgid "a"\nmsgstr "x"\n', name="one.po")
    two = written(tmp_path, 'msgid "a"\nmsgstr "y"\n', name="two.po")

    with pytest.raises(CatalogueError):
        read_catalogue([one, two])


def test_refuses_a_plural_rule_it_does_not_know(tmp_path: Path) -> None:
    header = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=__import__(\'os\');\\n"\n\n'

    with pytest.raises(CatalogueError):
        read_catalogue([written(tmp_path, 'msgid "a"\nmsgstr "x"\n', header=header)])


@pytest.mark.parametrize("locale", Locale)
def test_babel_reads_our_files_as_we_do(locale: Locale) -> None:
    paths = sorted((LOCALES_FOLDER / locale).glob("*.po"))
    theirs: dict[str, tuple[str, ...]] = {}
    for path in paths:
        with path.open("rb") as file:
            for message in read_po(file, locale=locale.value):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    text = message.string
                    theirs[key] = (text,) if isinstance(text, str) else tuple(text or ())

    assert dict(read_catalogue(paths).messages) == theirs
