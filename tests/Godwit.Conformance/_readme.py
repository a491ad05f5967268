"""The README's code blocks, so that what a stranger types is what is tested."""
import pathlib
import re
import sys

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def blocks(heading, language):
    """Every block of the language below the heading, up to the next heading of its level."""
    text = README.read_text(encoding="utf-8")
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if not section:
        sys.exit(f"README.md has no section '{heading}'")
    return [body for found, body in re.findall(r"^```(\w*)\n(.*?)^```$", section[1], re.M | re.S) if found == language]


def block(heading, language, words):
    """The one block that has these words in it."""
    found = [body for body in blocks(heading, language) if words in body]
    if len(found) != 1:
        sys.exit(f"README.md, '{heading}': {len(found)} blocks of {language} say '{words}', expected 1")
    return found[0]


if __name__ == "__main__":
    sys.stdout.write(block(*sys.argv[1:4]))
