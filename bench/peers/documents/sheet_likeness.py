#!/usr/bin/python3
"""How alike sheets are to LibreOffice's: the text of each cell as it is displayed, merged cells, and columns in use.

usage: sheet_likeness.py CORPUS PREVIEW_TEXT [--every N] [--formats xls,ods] [--json OUT]
CORPUS has documents in folders that are named by their formats. PREVIEW_TEXT is the program `preview-text`. Needs soffice.
The first rows of every sheet are compared (as many as PREVIEW_TEXT prints of the model). White space counts as one space.
A cell that is empty in both is not counted. A number without a format, of which LibreOffice writes all 15 digits into its
text and a sheet shows the eleven characters that it has room for, is the same if it is rounded so. Only documents that both open are.
"""
import argparse, collections, csv, glob, json, os, resource, shutil, signal, subprocess, sys, tempfile
import xml.etree.ElementTree as ET

FORMATS = ("xlsx", "xlsm", "xlsb", "xls", "ods", "sxc")
# Tab, quote, UTF-8, from row 1; as shown; all sheets.
CSV = "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,true,false,false,-1"
FODS = "fods:OpenDocument Spreadsheet Flat XML"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ROWS = 200
LARGEST = 1_000_000  # bytes of a document
BATCH = 20  # documents that one soffice converts
LONGEST_FILE, SECONDS = 64 << 20, 20  # bytes of one that it writes, and what it has for a document


def documents(corpus, formats, every):
    """The paths of every n-th document of each format."""
    for kind in formats:
        paths = sorted(glob.glob(os.path.join(corpus, kind, "*." + kind)))
        yield from (path for path in paths[::every] if os.path.getsize(path) <= LARGEST)


def convert(paths, work):
    """Lets LibreOffice write each document as text and as XML, named by its number."""
    named = []
    for number, path in enumerate(paths):
        named.append(os.path.join(work, f"{number:04}{os.path.splitext(path)[1]}"))
        shutil.copy(path, named[-1])
    for start in range(0, len(named), BATCH):
        batch = named[start:start + BATCH]
        for target in (CSV, FODS):
            if not office(work, target, batch):
                # One of them ended it: the others one by one.
                for name in batch:
                    office(work, target, [name])


def office(work, target, paths):
    """One run of soffice; false where it crashed, took too long or wrote too much."""
    command = ["soffice", f"-env:UserInstallation=file://{work}/profile", "--headless", "--convert-to", target,
               "--outdir", os.path.join(work, "out"), *paths]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LONGEST_FILE,) * 2))
    try:
        return child.wait(SECONDS * (len(paths) + 1)) == 0
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return False


def run(command):
    """A program's output; none where it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def plain(text):
    """Texts that differ by white space only are the same."""
    return " ".join(text.split())


def their_texts(work, number, name):
    """{(row, column): text} of a sheet as LibreOffice shows it; none where it has no such sheet."""
    path = os.path.join(work, "out", f"{number:04}-{name}.csv")
    if not os.path.exists(path):
        return None
    with open(path, newline="", encoding="utf8", errors="replace") as file:
        rows = [row for _, row in zip(range(ROWS), csv.reader(file, delimiter="\t"))]
    cells = {(r, c): plain(text) for r, row in enumerate(rows) for c, text in enumerate(row)}
    return {place: text for place, text in cells.items() if text}


def their_merges(work, number):
    """{sheet's name: {(row, column, rows, columns)}} of cells that span others."""
    path = os.path.join(work, "out", f"{number:04}.fods")
    try:
        tables = ET.parse(path).iter(TABLE + "table")
    except (OSError, ET.ParseError):
        return {}
    return {table.get(TABLE + "name"): merges_of(table) for table in tables}


def merges_of(table):
    merges, at = set(), 0
    for row in table.iter(TABLE + "table-row"):
        if at >= ROWS:
            break
        column = 0
        for cell in row:
            rows, columns = (int(cell.get(TABLE + f"number-{what}-spanned", 1)) for what in ("rows", "columns"))
            if rows * columns > 1:
                merges.add((at, column, rows, columns))
            column += int(cell.get(TABLE + "number-columns-repeated", 1))
        at += int(row.get(TABLE + "number-rows-repeated", 1))
    return merges


def ours(preview_text, path):
    """[(name, {(row, column): text}, merges)] of each sheet; none where there is no preview."""
    output = run([preview_text, "--json", path])
    if output is None:
        return None
    overview, *parts = values(output.decode("utf8", "replace"))
    if overview.get("shape") != "sheets":
        return None
    return [(info["name"], *sheet(part)) for info, part in zip(overview.get("sheets", []), parts)]


def values(text):
    """JSON values one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip())


def sheet(part):
    """The texts and the merges of a sheet; none of a sheet that goes on, as merges may stand behind its rows."""
    texts, merges = {}, set()
    for row in part["rows"]:
        for cell in row["cells"]:
            text = plain(cell.get("text", ""))
            if text and row["index"] < ROWS:
                texts[row["index"], cell["column"]] = text
    for merge in part.get("merges", []):
        if merge["first_row"] < ROWS:
            rows, columns = (merge["last_" + what] - merge["first_" + what] + 1 for what in ("row", "column"))
            merges.add((merge["first_row"], merge["first_column"], rows, columns))
    return texts, merges if part["complete"] else None


def same(theirs, own):
    """Whether texts are the same, or a long number and what a sheet shows of it."""
    if theirs == own:
        return True
    try:
        exact, shown = float(theirs), float(own)
    except ValueError:
        return False
    return len(theirs) > 11 and abs(exact - shown) <= 1e-5 * abs(exact) and len(own.lstrip("-")) <= 11


def columns(texts):
    return max((column + 1 for _, column in texts), default=0)


def compare(result, theirs, own, merges, own_merges):
    """Adds one sheet to a document's counts."""
    for place in theirs.keys() | own.keys():
        texts = theirs.get(place, ""), own.get(place, "")
        result["cells"] += 1
        if same(*texts):
            result["same"] += 1
        else:
            result["different"].append([*place, *texts])
    result["sheets"] += 1
    result["columns"] += columns(theirs) == columns(own)
    if own_merges is None:
        return
    result["merges"] += len(merges | own_merges)
    result["merges_same"] += len(merges & own_merges)


def document(work, number, path, preview_text):
    """The counts of one document; none where one of both does not open it."""
    sheets, merges = ours(preview_text, path), their_merges(work, number)
    if sheets is None or not merges:
        return None
    result = dict(file=path, cells=0, same=0, sheets=0, columns=0, merges=0, merges_same=0, different=[])
    for name, own, own_merges in sheets:
        theirs = their_texts(work, number, name)
        if theirs is not None:
            compare(result, theirs, own, merges.get(name, set()), own_merges)
    return result


def share(results, same, all_of):
    total = sum(result[all_of] for result in results)
    return sum(result[same] for result in results) / total if total else float("nan")


def table(results):
    """Prints a line for each format."""
    by_format = collections.defaultdict(list)
    for result in results:
        by_format[os.path.splitext(result["file"])[1][1:]].append(result)
        by_format["all"].append(result)
    print(f"{'format':7}{'n':>5}{'cells':>8}{'same':>7}{'docs>=.98':>11}{'merges':>8}{'columns':>9}")
    for kind, of_kind in by_format.items():
        good = sum(result["same"] >= .98 * result["cells"] for result in of_kind) / len(of_kind)
        print(f"{kind:7}{len(of_kind):5}{sum(result['cells'] for result in of_kind):8}"
              f"{share(of_kind, 'same', 'cells'):7.3f}{good:11.3f}"
              f"{share(of_kind, 'merges_same', 'merges'):8.3f}{share(of_kind, 'columns', 'sheets'):9.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("preview_text")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--json")
    arguments = parser.parse_args()
    paths = list(documents(arguments.corpus, arguments.formats.split(","), arguments.every))
    with tempfile.TemporaryDirectory(prefix="sheet-likeness-") as work:
        convert(paths, work)
        compared = [document(work, number, path, arguments.preview_text) for number, path in enumerate(paths)]
    results = [result for result in compared if result]
    table(results)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf8") as file:
            json.dump(results, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
