"""The search."""

from __future__ import annotations

from typing import Protocol

from dualwrite.contract import read
from repos.models.chat import ChatModel


class IChatSearch(Protocol):
    """Chats by what was said in them."""

    @read()
    def get_chats_by_user_id_and_search_text(
        self,
        user_id: str,
        search_text: str,
        include_archived: bool = False,
        skip: int = 0,
        limit: int = 60,
    ) -> list[ChatModel]:
        """A page of the user's chats, by time; a `limit` of 0 is an empty page, and None no limit.

        Some words of the lower-cased text (between single blanks) select: `tag:<tag>`, each of them; `tag:none`, no tag at
        all; `folder:<name>`, in any of the folders with these names or below one, or anywhere where no folder has one;
        `pinned:`, `archived:` and `shared:` with `true` or `false` (with anything else they are only left out;
        `pinned:false` leaves out chats where that is NULL). What is left of the text is looked for in the title and in the
        contents of the document's `messages`, as in `repos.interfaces.chats.lists`. PostgreSQL finds no chat whose title
        contains `x00`, and no content that contains `u0000`, NUL included; `messages` and tags that are no list (on SQLite
        also an object of messages) hold nothing. Without any text, the list of the user's chats.

        Raises:
            Invalid: folders run in a circle; from PostgreSQL, and not from PocketBase, also where a document that it looks
                into (none that the tags leave out) holds NUL or a lone surrogate anywhere.
        """
