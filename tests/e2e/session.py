"""What a person does in the browser, as data: act by act, in this order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.e2e.page import WebPage

FILE = Path(__file__).with_name("keas.txt")
Act = Callable[[WebPage], None]

ARRIVAL: Mapping[str, Act] = {
    "signs up": lambda page: page.sign_up("Ann Bird", "ann@example.com", "ann's pässword"),
    "asks the parrot": lambda page: page.ask("What do parrots eat?", title="On What do parrots eat?"),
    "renames the chat": lambda page: page.rename("On What do parrots eat?", "Of parrots"),
    "tags it": lambda page: page.tag("To Read"),
    "makes a channel": lambda page: page.make_channel("flock"),
    "makes a folder": lambda page: page.make_folder("Birds"),
}

STAY: Mapping[str, Act] = {
    "begins another chat": lambda page: page.new_chat(),
    "uploads a file": lambda page: page.upload(FILE),
    "asks about the file": lambda page: page.ask("Who opens bins?", title="On Who opens bins?"),
    "finds it": lambda page: page.search("bins", finds="On Who opens bins?"),
    "goes back to the first": lambda page: page.open_chat("Of parrots"),
    "pins it": lambda page: page.pin("Of parrots"),
    "shares it": lambda page: page.share("Of parrots"),
}

CHANNEL: Mapping[str, Act] = {
    "opens the channel": lambda page: page.open_channel("flock"),
    "says something": lambda page: page.say("Hello, birds"),
    "reacts": lambda page: page.react("Hello, birds", "parrot"),
}

DEPARTURE: Mapping[str, Act] = {
    "opens the second chat": lambda page: page.open_chat("On Who opens bins?"),
    "puts it into the folder": lambda page: page.move("Birds"),
    "begins a third": lambda page: page.new_chat(),
    "asks a third time": lambda page: page.ask("Where do keas sleep?", title="On Where do keas sleep?"),
    "archives it": lambda page: page.archive("On Where do keas sleep?"),
    "deletes the first": lambda page: page.delete("Of parrots"),
}


def do(page: WebPage, acts: Mapping[str, Act]) -> None:
    """All of them; an act that fails is named."""
    for name, act in acts.items():
        try:
            act(page)
        except Exception as error:
            error.add_note(f"while somebody {name}; the page complained of: {sorted(page.complaints)}")
            raise
