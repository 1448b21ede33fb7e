"""One interface per repository: the same methods, parameters and answers as Open WebUI's own model classes.

Names, parameters, order and defaults are held against the installed package by `tests/conformance/test_signatures.py`.

What holds for all of them:

- A row that is stored but is not what its model allows counts as absent where one record is asked for; where a list is
  asked for, it raises `dualwrite.errors.Invalid`.
- An argument that the database could not have held (a lone surrogate; NUL and over-long text on PostgreSQL) is refused.
- A store that is down or does not answer raises (`Unavailable`, `AnswerLost`): Open WebUI's own classes answer "missing" there.
- Lists are sorted totally, by the key's bytes where SQL itself promises no order.
- A method is one transaction.
"""

from repos.interfaces.chats import IChatsRepo
from repos.interfaces.file_content import IFileContent
from repos.interfaces.files import IFilesRepo
from repos.interfaces.folders import IFoldersRepo
from repos.interfaces.groups import IGroupsRepo
from repos.interfaces.messages import IMessagesRepo
from repos.interfaces.models import IModelsRepo
from repos.interfaces.tags import ITagsRepo
from repos.interfaces.users import IUsersRepo

__all__ = [
    "IChatsRepo",
    "IFileContent",
    "IFilesRepo",
    "IFoldersRepo",
    "IGroupsRepo",
    "IMessagesRepo",
    "IModelsRepo",
    "ITagsRepo",
    "IUsersRepo",
]
