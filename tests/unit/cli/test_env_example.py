"""`.env.example` names every setting there is, and nothing else."""

import re

from cli.env_example import CLASSES, COMPOSE, COMPOSE_PASSES, FILE, names, text


def test_the_committed_file_is_what_the_settings_classes_give() -> None:
    assert FILE.read_text() == text(), "run `make schemas`"


def test_every_setting_has_a_sentence_and_stands_in_the_file() -> None:
    written = set(re.findall(r"^#?([A-Z_]+)=", FILE.read_text(), re.M))
    for _, settings in CLASSES:
        for name, field in names(settings).items():
            assert name in written
            assert (field.description or "").endswith(".")


def test_what_compose_takes_from_the_file_is_what_the_file_says() -> None:
    taken = set(re.findall(r"\$\{([A-Z_]+)", (FILE.parent / "docker-compose.yml").read_text()))
    assert taken == {*COMPOSE_PASSES, *(name for name, _, _ in COMPOSE)}
    assert all(name in text() for name in taken)


def test_every_settings_class_is_frozen() -> None:
    assert all(settings.model_config.get("frozen") for _, settings in CLASSES)
