"""The elements of a report's page, and a reader that finds what is in one."""

from html.parser import HTMLParser

VISIBLE = {"a", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "li"}
VISIBLE |= {"nav", "p", "pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul"}
DRAWN = {"svg", "g", "path", "defs", "style", "use", "text", "tspan", "clippath", "rect"}
HEAD = {"html", "head", "meta", "link", "title", "body"}


class Tags(HTMLParser):
    """Collect every element and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


def tags_of(page: str) -> Tags:
    """Read a page."""
    found = Tags()
    found.feed(page)
    return found
