"""`python -m repos.openwebui serve …` and `python -m repos.openwebui check PATH`."""

from __future__ import annotations

from repos.openwebui.command import main

main()
