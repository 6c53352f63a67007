"""The pages that say why there is no page: never a traceback, never what the visitor typed as markup."""

from __future__ import annotations

from aiohttp import web

from workers.web.desk import FIELDS, page

_TITLES = {
    400: "That makes no sense",
    403: "Not allowed",
    404: "Not found",
    405: "Not in this way",
    413: "Too much",
    429: "Too many tries",
    500: "Something went wrong",
    503: "The store does not answer",
}


def problem(request: web.Request, status: int, sentence: str) -> web.Response:
    """A page that says what is the matter."""
    return page(request, "problem.html", status=status, title=_TITLES.get(status, "No page"), sentence=sentence)


def not_found(request: web.Request, sentence: str) -> web.Response:
    """404, with what was looked for in words of ours."""
    return problem(request, 404, sentence)


class Refused(web.HTTPException):
    """A form that is not acted upon; the sentence says why."""

    status_code = 403

    def __init__(self, sentence: str, status: int = 403) -> None:
        self.status_code = status
        super().__init__(text=sentence, headers=FIELDS)
