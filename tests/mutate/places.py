# SPDX-License-Identifier: GPL-2.0
"""Where a source can be changed, and into what."""
import re
from collections import namedtuple

# Not code: comments, strings, characters, and lines for the preprocessor.
NO_CODE = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    r"""|^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*""", re.DOTALL | re.MULTILINE)
LOG = re.compile(r"\but_log\w*\(")
FUNCTION = re.compile(r"^(?:\w[\w \t*]*[\s*])?(\w+)\([^;{}]*\)\s*\{.*?^\}",
                      re.DOTALL | re.MULTILINE)

SWAPPED = {"&&": "||", "==": "!=", "<": "<=", ">": ">=", "+": "-",
           "0": "1", "true": "false"}
SWAPPED.update({new: old for old, new in SWAPPED.items()})
SWAP = re.compile(r"(?<=\s)(?:&&|\|\||[=!]=|[<>]=?|[+-])(?=\s)")
RETURNED = re.compile(r"(?<=\breturn )(?:0|1|true|false)(?=;)")
IF = re.compile(r"\bif \(")
CALL = re.compile(r"^\t+((?:\(void\))?(\w+)\()", re.MULTILINE)
# Below the outermost block: without its last return a function gives anything.
ERROR = re.compile(r"^\t{2,}((?:return (?:-\w+|ret|NULL|false|ut_err\w*\([^;]*\))"
                   r"|goto \w+);)", re.MULTILINE)
NO_CALL = {"if", "for", "while", "switch", "return", "sizeof", "static_assert"}
# What may stand before a statement.
BEFORE = re.compile(r"(?:[;{}):]|\belse|\bdo)\s*$")

# From start to end of the file's text stands what is replaced by new.
Place = namedtuple("Place", "file operator start end new")


def blank(match):
    return re.sub(r"[^\n\t]", " ", match.group())


def closing(code, start):
    """Where the bracket ends that opens at start."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if not depth:
            return i + 1
    return len(code)


def code_of(text):
    """The text with blanks for all that is not to be changed."""
    code = NO_CODE.sub(blank, text)
    for match in LOG.finditer(code):
        end = closing(code, match.end() - 1)
        if code[end:end + 1] == ";":
            lines = re.sub(r"[^\n\t]", " ", code[match.start():end])
            code = code[:match.start()] + lines + code[end:]
    return code


def places(file, text):
    """All places of a file, in an order of their own."""
    code = code_of(text)
    for regex, operator in (SWAP, "swap"), (RETURNED, "return"):
        for match in regex.finditer(code):
            yield Place(file, operator, *match.span(), SWAPPED[match.group()])
    for match in IF.finditer(code):
        start, end = match.end() - 1, closing(code, match.end() - 1)
        yield Place(file, "negate", start, end, f"(!{text[start:end]})")
    for match in CALL.finditer(code):
        end = closing(code, match.end() - 1)
        if code[end:end + 1] == ";" and match.group(2) not in NO_CALL and \
                BEFORE.search(code, 0, match.start()):
            yield Place(file, "call", match.start(1), end, "")
    for match in ERROR.finditer(code):
        yield Place(file, "error", *match.span(1), ";")


def function_at(text, start):
    """The name of the function around a place, or None."""
    for match in FUNCTION.finditer(code_of(text)):
        if match.start() <= start < match.end():
            return match.group(1)
    return None


def shown(text, place):
    """Line, and the lines of a place before and after."""
    start = text.rfind("\n", 0, place.start) + 1
    end = text.find("\n", place.end)
    after = text[start:place.start] + place.new + text[place.end:end]
    return (text.count("\n", 0, place.start) + 1,
            " ".join(text[start:end].split()), " ".join(after.split()))
