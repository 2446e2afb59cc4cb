#!/usr/bin/python3
"""How alike our reading of text documents is to LibreOffice's HTML: bold and italic words, table sizes, images.

    flow_likeness.py CORPUS PREVIEW_TEXT [--every N] [--json OUT] [--cache FOLDER] [--worst N]

Each value is the F1 over all things of a format's documents, and (in the JSON, as `means`) the mean of the documents'
own. Text in margins is left out (LibreOffice's HTML has that of one page style only), and so are list labels and the
marks of notes, which HTML numbers by itself. Words are compared in pairs, by their order in the text: a word that only
one side has says nothing of looks (how many there are is what the recall of `tests/documents` measures)."""
import argparse, collections, difflib, json, pathlib, re, shutil, subprocess, sys, tempfile
from html.parser import HTMLParser

FORMATS = ("docx", "docm", "dotx", "doc", "dot", "rtf")
MEASURES = ("bold", "italic", "tables", "images")
GOAL = 0.95
OFFICE_SECONDS = 60
# Documents that one LibreOffice converts, and seconds that each after the first may take of its time.
BATCH, SECONDS_EACH = 15, 4
# Elements that have no end tag in HTML.
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta"}
BREAKING = {"br", "p", "div", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "dd", "dt"}
# Headings are not among them: LibreOffice writes `font-weight: bold` at those that are, and nothing at the others.
LOOKS = {"b": (True, None), "strong": (True, None), "th": (True, None), "i": (None, True), "em": (None, True),
         "cite": (None, True)}
WORD = re.compile(r"\w+")


class Reading:
    """What one side shows: words with their looks, table sizes, the number of images."""

    def __init__(self):
        self.words, self.tables, self.images = [], [], 0
        self._text = []

    def say(self, text, bold=False, italic=False):
        """Adds text; a word may go on in the next piece."""
        self._text += [(char, bold, italic) for char in text]

    def end_word(self):
        """What comes next is another word. A word looks as its first letter does."""
        text = "".join(char for char, _, _ in self._text)
        for found in WORD.finditer(text):
            self.words.append((found[0].casefold(), *self._text[found.start()][1:]))
        self._text = []


def size_of(rows):
    """`rows x columns` of a table, rows being lists of (columns, rows) that cells span. Only columns in which a cell
    begins count: grids are cut more finely where rows end at different places. Rows without cells don't: LibreOffice
    writes some after those that stand on every page."""
    taken, begins = {}, set()
    rows = [cells for cells in rows if cells]
    for cells in rows:
        column = 0
        for wide, high in cells:
            while taken.get(column, 0) > 0:
                column += 1
            begins.add(column)
            taken.update((at, high) for at in range(column, column + min(wide, 1000)))
            column += wide
        taken = {at: left - 1 for at, left in taken.items() if left > 1}
    return f"{len(rows)}x{len(begins)}"


# --- ours ---------------------------------------------------------------------------------------------------------

def ours(preview_text, path):
    """Our reading of a document; none where there is none."""
    done = subprocess.run([preview_text, "--json", path], capture_output=True, timeout=OFFICE_SECONDS, check=False)
    if done.returncode != 0:
        return None
    reading = Reading()
    for value in values_of(done.stdout.decode()):
        if isinstance(value, dict) and "blocks" in value:
            read_blocks(reading, value["blocks"])
            for note in value.get("notes", []):
                if note["kind"] != "comment":
                    read_blocks(reading, note["blocks"])
    return reading


def values_of(text):
    """JSON values that follow each other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip())


def read_blocks(reading, blocks):
    for block in blocks:
        if block["type"] == "paragraph":
            read_inlines(reading, block.get("inlines", []))
            reading.end_word()
        elif block["type"] == "table":
            read_table(reading, block)


def read_inlines(reading, inlines):
    for inline in inlines:
        kind = inline["type"]
        if kind == "text":
            style = inline.get("style", {})
            if not style.get("deleted"):
                reading.say(inline["text"], style.get("bold", False), style.get("italic", False))
        elif kind == "picture":
            reading.images += 1
        elif kind == "shape":
            read_shape(reading, inline)
        elif kind in ("tab", "line_break", "page_break"):
            reading.end_word()


def read_table(reading, table):
    rows = [[(cell.get("columns", 0) or 1, cell.get("rows", 0) or 1) for cell in row["cells"]] for row in table["rows"]]
    reading.tables.append(size_of(rows))
    for row in table["rows"]:
        for cell in row["cells"]:
            read_blocks(reading, cell["blocks"])


def read_shape(reading, shape):
    """LibreOffice makes an image of a drawing, a group and a chart, and text of a box with text."""
    if shape.get("text", {}).get("blocks"):
        reading.end_word()
        read_blocks(reading, shape["text"]["blocks"])
    else:
        reading.images += 1


# --- LibreOffice's ------------------------------------------------------------------------------------------------

class Page(HTMLParser):
    """Reads LibreOffice's HTML: elements and the few rules of its style sheet that say how text looks."""

    def __init__(self):
        super().__init__()
        self.reading, self.rules, self.open, self.tables = Reading(), {}, [], []
        self.sheet, self.skipped = False, 0

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag in BREAKING:
            self.reading.end_word()
        if tag == "img" and not self.skipped:
            self.reading.images += 1
        if tag in VOID:
            return
        skip = self.skips(tag, attrs)
        self.skipped += skip
        self.open.append((tag, skip, self.looks_of(tag, attrs)))
        self.sheet = tag == "style"
        if not self.skipped:
            self.start_of_table(tag, attrs)

    def handle_endtag(self, tag):
        if tag in BREAKING:
            self.reading.end_word()
        if tag not in [name for name, _, _ in self.open]:
            return
        if tag == "table" and not self.skipped and self.tables:
            self.reading.tables.append(size_of(self.tables.pop()))
        while True:
            name, skip, _ = self.open.pop()
            self.skipped -= skip
            if name == tag:
                return

    def handle_data(self, data):
        if self.open and self.open[-1][0] == "style":
            self.read_rules(data)
        elif not self.skipped:
            _, _, (bold, italic) = self.open[-1] if self.open else ("", 0, (False, False))
            self.reading.say(data, bold, italic)

    def handle_comment(self, data):
        if self.open and self.open[-1][0] == "style":
            self.read_rules(data)

    @staticmethod
    def skips(tag, attrs):
        """Margins, what is not shown, and the marks of notes."""
        return (tag in ("head", "title", "script") and tag != "head" or attrs.get("title") in ("header", "footer")
                or attrs.get("class", "").startswith(("sdfootnotea", "sdfootnotes", "sdendnotea", "sdendnotes")))

    def start_of_table(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append((number(attrs.get("colspan")), number(attrs.get("rowspan"))))

    def looks_of(self, tag, attrs):
        """(bold, italic) of text in an element: the style sheet, then its own style, win over what is around it."""
        bold, italic = self.open[-1][2] if self.open else (False, False)
        # The style that another is made of has the rule of Western text, which its own class hides.
        names = [tag, f"{tag}.western", *(f"{tag}.{name}" for name in attrs.get("class", "").split())]
        found = [LOOKS.get(tag, (None, None)), *(self.rules.get(name, (None, None)) for name in names),
                 declared(attrs.get("style", ""))]
        for own_bold, own_italic in found:
            bold = bold if own_bold is None else own_bold
            italic = italic if own_italic is None else own_italic
        return bold, italic

    def read_rules(self, sheet):
        for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", sheet):
            for selector in selectors.split(","):
                before = self.rules.get(selector.strip(), (None, None))
                now = declared(body)
                self.rules[selector.strip()] = tuple(b if n is None else n for b, n in zip(before, now))


def number(text):
    return int(text) if (text or "").isdigit() and int(text) > 0 else 1


def declared(style):
    """(bold, italic) as a CSS text says them; none where it says nothing."""
    weight = re.search(r"font-weight:\s*(\w+)", style)
    slant = re.search(r"font-style:\s*(\w+)", style)
    return (weight and weight[1] in ("bold", "bolder", "600", "700", "800", "900"),
            slant and slant[1] in ("italic", "oblique"))


def theirs(path, cache):
    """LibreOffice's reading of a document whose HTML is kept; none where it made none."""
    text = kept(path, cache).read_text("utf-8", "replace")
    if not text:
        return None
    page = Page()
    page.feed(text)
    page.reading.end_word()
    return page.reading


def kept(path, cache):
    return cache / path.parent.name / f"{path.name}.html"


def keep_html(paths, cache, profile):
    """Has LibreOffice make the HTML that is not kept yet, many documents per process: those that it fails on, or that
    were still to come when it did, get a process each."""
    missing = [path for path in paths if not kept(path, cache).exists()]
    for at in range(0, len(missing), BATCH):
        batch = missing[at : at + BATCH]
        convert(batch, cache, profile)
        for path in batch:
            if not kept(path, cache).exists():
                convert([path], cache, profile)
            if not kept(path, cache).exists():
                kept(path, cache).write_bytes(b"")


def convert(paths, cache, profile):
    """Keeps what one `soffice --convert-to html` makes of documents that have one format."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "html",
                   "--outdir", folder, *map(str, paths)]
        seconds = OFFICE_SECONDS + SECONDS_EACH * (len(paths) - 1)
        try:
            subprocess.run(command, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            pass
        for path in paths:
            made = pathlib.Path(folder) / f"{path.stem}.html"
            kept(path, cache).parent.mkdir(parents=True, exist_ok=True)
            if made.exists():
                shutil.copyfile(made, kept(path, cache))


# --- comparing ----------------------------------------------------------------------------------------------------

def f1(hits, ours_only, theirs_only):
    """None where neither side has anything."""
    wanted = 2 * hits + ours_only + theirs_only
    return 2 * hits / wanted if wanted else None


def alike(mine, office):
    """Per measure of one document, how many things both sides have, only ours, only theirs."""
    paired = pairs(mine.words, office.words)
    counts = {}
    for place, name in ((1, "bold"), (2, "italic")):
        seen = collections.Counter((a[place], b[place]) for a, b in paired)
        counts[name] = seen[True, True], seen[True, False], seen[False, True]
    a, b = collections.Counter(mine.tables), collections.Counter(office.tables)
    counts["tables"] = (a & b).total(), (a - b).total(), (b - a).total()
    images = min(mine.images, office.images)
    counts["images"] = images, mine.images - images, office.images - images
    return counts


def pairs(mine, office):
    """The words that both sides have, in their order."""
    matcher = difflib.SequenceMatcher(None, [word for word, _, _ in mine], [word for word, _, _ in office])
    return [(mine[found.a + at], office[found.b + at])
            for found in matcher.get_matching_blocks() for at in range(found.size)]


def over_all(files, name):
    """F1 over the things of all documents."""
    return f1(*map(sum, zip(*(counts[name] for counts in files.values()))))


def mean(files, name):
    """Of the F1 of those documents that have such a thing on either side."""
    known = [value for value in (f1(*counts[name]) for counts in files.values()) if value is not None]
    return sum(known) / len(known) if known else None


def shown(value):
    return "     –" if value is None else f"{value:6.3f}"


def measure(arguments, cache, profile):
    """{format: {file: {measure: counts}}} of what both sides read."""
    found = {}
    for kind in FORMATS:
        paths = sorted((arguments.corpus / kind).glob("*"))[:: arguments.every]
        keep_html(paths, cache, profile)
        for path in paths:
            office = theirs(path, cache)
            mine = office and ours(arguments.preview_text, path)
            if mine:
                found.setdefault(kind, {})[path.name] = alike(mine, office)
    return found


def print_worst(found, count):
    for name in MEASURES:
        values = [(f1(*counts[name]), kind, file) for kind, files in found.items() for file, counts in files.items()]
        worst = sorted(value for value in values if value[0] is not None and value[0] < 1)[:count]
        if worst:
            print(f"\nworst {name}")
        for value, kind, file in worst:
            print(f"  {value:.3f} {kind}/{file}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("preview_text")
    parser.add_argument("--every", type=int, default=1, help="each Nth document of a format")
    parser.add_argument("--json", type=pathlib.Path, help="where the values go as JSON")
    parser.add_argument("--cache", type=pathlib.Path, help="where LibreOffice's HTML is kept from one run to the next")
    parser.add_argument("--worst", type=int, default=0, help="name so many of the worst documents of each measure")
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="deskside-likeness-"))
    try:
        found = measure(arguments, arguments.cache or work / "html", work / "profile")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    values = {kind: {name: over_all(files, name) for name in MEASURES} for kind, files in found.items()}
    means = {kind: {name: mean(files, name) for name in MEASURES} for kind, files in found.items()}
    print(f"{'format':8}{'files':>6}" + "".join(f"{name:>8}" for name in MEASURES))
    for kind, files in found.items():
        print(f"{kind:8}{len(files):6}" + "".join(f"  {shown(values[kind][name])}" for name in MEASURES))
    print_worst(found, arguments.worst)
    if arguments.json:
        arguments.json.write_text(json.dumps({"goal": GOAL, "formats": values, "means": means, "documents": found}, indent=1) + "\n")
    return 0 if all(value is None or value >= GOAL for own in values.values() for value in own.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
