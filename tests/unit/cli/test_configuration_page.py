"""The page of all settings says what the classes say."""

from cli.configuration_page import FILE, text


def test_the_committed_page_is_what_the_settings_classes_give() -> None:
    assert FILE.read_text() == text(), "run `make schemas`"
