"""cpp_text.py - C++ source as the rules need it: its includes, and its code without comments and strings."""
import re

# Whatever hides words from the compiler, in the order in which it must be recognised.
_TOKEN = re.compile(
    r"""(?P<include>^[ \t]*\#[ \t]*include[ \t]*(?:<[^>\n]*>|"[^"\n]*"))
      | (?P<raw>\b(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | (?P<number>(?<!\w)\d(?:'?[\w.])*)
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>'(?:\\.|[^'\\\n])*')
      | (?P<comment>//[^\n]*|/\*.*?\*/)""",
    re.X | re.S | re.M)
_INCLUDE = re.compile(r"""[<"]([^>"]*)[>"]""")


def code_of(text: str) -> str:
    """Blanks comments, literals and includes; every line break and column stays where it is."""
    def blank(token):
        return token.group() if token.lastgroup == "number" else re.sub(r"[^\n]", " ", token.group())
    return _TOKEN.sub(blank, text)


def includes_of(text: str) -> list[tuple[int, bool, str]]:
    """(line, written with quotes, name) of each include that is not inside a comment or a raw string."""
    found = []
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "include":
            name = _INCLUDE.search(token.group())
            found.append((line_of(text, token.start("include")), name.group().startswith('"'), name.group(1)))
    return found


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
