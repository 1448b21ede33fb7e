"""Open WebUI's web page in a real browser: what a person does there, and what the page complains of meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page, Response, expect

from tests.browser.browser import chromium

_WAIT_MS = 60_000
_SIZE = {"width": 1280, "height": 800}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|:\d+|[?&]t=\d+")


@contextmanager
def browser_page(url: str) -> Iterator[WebPage]:
    """A page of a browser with no past, on this application."""
    expect.set_options(timeout=_WAIT_MS)
    with chromium() as browser:
        context = browser.new_context(viewport=_SIZE, locale="en-US", timezone_id="UTC")
        context.set_default_timeout(_WAIT_MS)
        try:
            yield WebPage(context.new_page(), url)
        finally:
            context.close()


class WebPage:
    """One person's page. Every act returns once the page shows that it is done."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: set[str] = set()
        """Errors in the console, exceptions, and answers of 400 and above; ids and ports left out."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.add(f"exception: {error}"))
        page.on("response", self._answered)

    @property
    def sidebar(self) -> Locator:
        """What is on the left."""
        return self.page.locator("#sidebar")

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.locator(".modal")

    def sign_up(self, name: str, email: str, password: str) -> None:
        """The first person of a new installation, who is its administrator."""
        self.page.goto(f"{self.url}/auth")
        self.page.get_by_role("button", name="Get started").click()
        for label, text in {
            "Enter Your Full Name": name,
            "Enter Your Email": email,
            "Enter Your Password": password,
        }.items():
            self.page.get_by_placeholder(label).fill(text)
        self.page.get_by_role("button", name="Create Admin Account").click()
        self.page.get_by_role("button", name="Okay, Let's Go!").click()
        expect(self.page.locator(".modal")).to_have_count(0)
        self.page.get_by_role("button", name="Open Sidebar").first.click()
        expect(self.sidebar.get_by_text("Chats", exact=True)).to_be_visible()

    def new_chat(self) -> None:
        """An empty chat, with the page loaded anew."""
        self.page.goto(self.url)
        expect(self.page.locator("#chat-input")).to_be_visible()
        expect(self.sidebar.get_by_text("Chats", exact=True)).to_be_visible()

    def ask(self, question: str, *, title: str) -> None:
        """Send a message in the chat that is open, and see the answer stream in, then the title and the follow-ups."""
        self._type(question)
        self.answered(question)
        self._listed(title)

    def send(self, question: str) -> None:
        """Send a message and wait for nothing but the beginning of its answer."""
        self._type(question)
        expect(self.page.get_by_text("You said:").last).to_be_visible()

    def attempt(self, question: str) -> None:
        """Try to send the first message of a chat, and wait until the chat is refused."""
        with self.page.expect_response("**/api/v1/chats/new") as answer:
            self._type(question)
        assert answer.value.status >= 400

    def forget(self) -> None:
        """What it has complained of until now, once all of that has been heard: events come while something is waited for."""
        self.page.wait_for_timeout(2000)
        self.page.wait_for_load_state("networkidle")
        self.complaints.clear()

    def answered(self, question: str) -> None:
        """The whole answer is there, and nothing is at work behind it."""
        answer = self.page.get_by_text("I have nothing to add to them.").last
        expect(answer).to_be_visible()
        expect(self.page.locator("strong", has_text=question).last).to_be_visible()
        expect(self.page.get_by_text("Follow up", exact=True).last).to_be_visible()

    def open_chat(self, title: str) -> None:
        """From the sidebar."""
        self.sidebar.get_by_text(title, exact=True).click()
        expect(self.page.get_by_text("I have nothing to add to them.").last).to_be_visible()

    def rename(self, title: str, new: str) -> None:
        """In the sidebar."""
        self.chat_menu(title, "Rename")
        box = self.sidebar.locator("input[id^=chat-title-input]")
        expect(box).to_be_focused()
        box.fill(new)
        box.press("Enter")
        self._listed(new)

    def tag(self, name: str) -> None:
        """The chat that is open."""
        self._context_menu()
        menu = self.page.get_by_role("menu").first
        menu.get_by_role("button", name="Add Tag").click()
        box = menu.get_by_placeholder("Add a tag")
        box.fill(name)
        box.press("Enter")
        expect(
            menu.get_by_role("button", name="Remove this tag from list").filter(has_text=name)
        ).to_be_visible()
        self._close_menus()

    def pin(self, title: str) -> None:
        """It moves under Pinned."""
        self.chat_menu(title, "Pin")
        expect(self.sidebar.get_by_text("Pinned", exact=True)).to_be_visible()
        self._listed(title)

    def share(self, title: str) -> None:
        """With a link."""
        self.chat_menu(title, "Share")
        self.dialog.get_by_role("button", name="Copy Link").click()
        expect(self.page.get_by_text("Copied shared chat URL")).to_be_visible()
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_have_count(0)

    def make_folder(self, name: str) -> None:
        """At the top."""
        self._plus("Folders")
        self.dialog.get_by_placeholder("Enter folder name").fill(name)
        self.dialog.get_by_role("button", name="Save").click()
        self._listed(name)
        expect(self.dialog).to_have_count(0)

    def move(self, folder: str) -> None:
        """The chat that is open goes into the folder."""
        self._context_menu()
        self.page.get_by_role("menuitem", name="Move").hover()
        with self.page.expect_response(lambda answer: answer.url.endswith("/folder")):
            self.page.get_by_role("menuitem", name=folder).click()
        self._close_menus()

    def search(self, text: str, *, finds: str) -> None:
        """In the search dialog."""
        self.page.locator("#sidebar-search-button").click()
        self.dialog.get_by_placeholder("Search").fill(text)
        expect(self.dialog.get_by_text(finds, exact=True).first).to_be_visible()
        self.page.keyboard.press("Escape")
        expect(self.dialog).to_have_count(0)

    def upload(self, file: Path) -> None:
        """For the next message; Open WebUI has read it when this returns."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("#input-menu-button").click()
            self.page.get_by_role("menuitem", name="Upload Files").click()
        chooser.value.set_files(file)
        chip = self.page.get_by_role("button", name=file.name).first
        expect(chip).to_be_visible()
        expect(chip.locator("svg.spinner_ajPY, .spinner_ajPY")).to_have_count(0)

    def archive(self, title: str) -> None:
        """It leaves the sidebar."""
        self.chat_menu(title, "Archive")
        expect(self.sidebar.get_by_text(title, exact=True)).to_have_count(0)

    def delete(self, title: str) -> None:
        """For good."""
        self.chat_menu(title, "Delete")
        self.page.get_by_role("button", name="Confirm").click()
        expect(self.sidebar.get_by_text(title, exact=True)).to_have_count(0)

    def make_channel(self, name: str) -> None:
        """It is in the sidebar."""
        self._plus("Channels")
        self.dialog.get_by_placeholder("new-channel").fill(name)
        self.dialog.get_by_role("button", name="Create").click()
        self._listed(name)
        expect(self.dialog).to_have_count(0)

    def open_channel(self, name: str) -> None:
        """Its messages are shown."""
        self.sidebar.get_by_text(name, exact=True).click()
        self.page.wait_for_url("**/channels/*")
        expect(self.page.locator("#chat-input")).to_be_visible()

    def say(self, text: str) -> None:
        """In the channel that is open."""
        self._type(text)
        expect(self._message(text)).to_be_visible()

    def react(self, text: str, emoji: str) -> None:
        """To the message that says this."""
        message = self._message(text)
        message.hover()
        message.locator("button[data-melt-dropdown-menu-trigger] button").first.click()
        self.page.get_by_placeholder("Search all emojis").fill(emoji)
        self.page.locator("[data-melt-dropdown-menu] img").first.click()
        expect(message.locator(f"img[alt={emoji}]")).to_be_visible()

    def picture(self, file: Path) -> None:
        """The page as it is, with no pointer over anything; clock times are shown only under a pointer."""
        self.page.mouse.move(*(side // 2 for side in _SIZE.values()))
        self.page.mouse.move(_SIZE["width"] - 5, _SIZE["height"] // 2)
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator("[data-sonner-toast]")).to_have_count(0)
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_function("[...document.images].every(image => image.complete)")
        file.parent.mkdir(parents=True, exist_ok=True)
        dates = [self.page.get_by_text("This channel was created on")]
        self.page.screenshot(path=file, animations="disabled", caret="hide", mask=dates)

    def chat_menu(self, title: str, item: str) -> None:
        """Choose from the menu of a chat in the sidebar."""
        self.sidebar.get_by_text(title, exact=True).hover()
        self.sidebar.locator("div.group", has_text=title).get_by_role("button", name="Chat Menu").last.click()
        self.page.get_by_role("menuitem", name=item).click()

    def _listed(self, name: str) -> None:
        """Once: while the sidebar's lists are fetched anew, a chat may stand in two of them."""
        expect(self.sidebar.get_by_text(name, exact=True)).to_have_count(1)

    def _context_menu(self) -> None:
        self.page.locator("#chat-context-menu-button").click()
        expect(self.page.get_by_role("menuitem", name="Move")).to_be_visible()

    def _close_menus(self) -> None:
        while self.page.get_by_role("menu").count():
            self.page.keyboard.press("Escape")
            self.page.wait_for_timeout(100)

    def _plus(self, section: str) -> None:
        head = self.sidebar.locator("#sidebar-folder-button", has=self.page.get_by_text(section, exact=True))
        head.hover()
        head.locator("button button").click()

    def _type(self, text: str) -> None:
        box = self.page.locator("#chat-input")
        box.click()
        self.page.keyboard.type(text)
        # Of what is typed while the page draws the box anew, the beginning is lost.
        if box.inner_text().strip() != text:
            box.click()
            self.page.keyboard.press("ControlOrMeta+A")
            self.page.keyboard.type(text)
        expect(box).to_have_text(text)
        self.page.keyboard.press("Enter")

    def _message(self, text: str) -> Locator:
        return self.page.locator("[id^=message-]").filter(has_text=text).first

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.add(f"console: {_ID.sub('…', message.text)}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            request = f"{response.request.method} {_ID.sub('…', response.url)}"
            self.complaints.add(f"{response.status}: {request}")
