"""A writer of binary Excel workbooks ([MS-XLSB]), as small as Excel and LibreOffice still open them: nothing free writes this format.

A workbook is a list of sheets, a sheet its name and rows of cells: a text, a number, or a number with the name of a style of
FORMATS.
"""
import struct
import zipfile

# Style: the number format it is shown by. The first one is what cells without a style have.
FORMATS = {"plain": "General", "date": "dd\\.mm\\.yyyy", "money": '#,##0.00\\ "EUR"', "share": "0.0%"}
FIRST_FORMAT = 164
CONTENT = "application/vnd.ms-excel."
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

# Record types ([MS-XLSB] 2.3.2).
ROW, REAL, TEXT = 0, 5, 6
FONT, FMT, FILL, BORDER, XF = 43, 44, 45, 46, 47
SHEET, DATA, BOOK, BUNDLE, STYLES = (129, 130), (145, 146), (131, 132), (143, 144), (278, 279)
FILLS, FONTS, BORDERS, FMTS, XFS, STYLE_XFS = (603, 604), (611, 612), (613, 614), (615, 616), (617, 618), (626, 627)
COLUMNS, COLUMN, BUNDLE_SHEET = (390, 391), 60, 156

# Columns that are wider than usual: their number and their width in 1/256 of a digit.
WIDE, WIDTH = 3, 20 * 256


def record(kind, data=b""):
    """Type and size in groups of seven bits, then the data (2.1.4)."""
    size = b""
    left = len(data)
    while True:
        size += bytes([left & 127 | (128 if left > 127 else 0)])
        left >>= 7
        if not left:
            break
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    return head + size + data


def between(pair, *inner, head=b""):
    """Records between the one that begins and the one that ends them."""
    return record(pair[0], head) + b"".join(inner) + record(pair[1])


def counted(pair, records):
    return between(pair, *records, head=struct.pack("<I", len(records)))


def wide(text):
    """XLWideString (2.5.169)."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(column, value):
    value, style = value if isinstance(value, tuple) else (value, "plain")
    head = struct.pack("<II", column, list(FORMATS).index(style))
    if isinstance(value, str):
        return record(TEXT, head + wide(value))
    return record(REAL, head + struct.pack("<d", value))


def row(index, cells):
    # Height in twips, no flags, no spans of columns (BrtRowHdr, 2.4.738).
    header = struct.pack("<IIHBBBI", index, 0, 300, 0, 0, 0, 0)
    return record(ROW, header) + b"".join(cell(column, value) for column, value in enumerate(cells))


def sheet(rows):
    # First and last column, width, style, set by hand (BrtColInfo, 2.4.323).
    columns = between(COLUMNS, record(COLUMN, struct.pack("<IIIIH", 0, WIDE - 1, WIDTH, 0, 2)))
    return between(SHEET, columns, between(DATA, *(row(index, cells) for index, cells in enumerate(rows))))


def workbook(names):
    bundles = [
        record(BUNDLE_SHEET, struct.pack("<II", 0, index + 1) + wide(f"rId{index + 1}") + wide(name))
        for index, name in enumerate(names)
    ]
    return between(BOOK, between(BUNDLE, *bundles))


def styles():
    formats = [record(FMT, struct.pack("<H", FIRST_FORMAT + at) + wide(code)) for at, code in enumerate(FORMATS.values())]
    # 11 points, regular, black by the automatic colour (BrtFont, 2.4.149).
    font = record(FONT, struct.pack("<HHHHBBBBBB3xB", 220, 0, 400, 0, 0, 2, 0, 0, 0, 64, 255)[:21] + b"\0" + wide("Calibri"))
    fill = record(FILL, struct.pack("<I", 0) + bytes(64))
    border = record(BORDER, bytes(51))
    style_xf = record(XF, struct.pack("<HHHHHBBHBB", 0xFFFF, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    cell_xfs = [
        record(XF, struct.pack("<HHHHHBBHBB", 0, FIRST_FORMAT + at, 0, 0, 0, 0, 0, 0, 1, 0))
        for at in range(len(FORMATS))
    ]
    return between(
        STYLES,
        counted(FMTS, formats),
        counted(FONTS, [font]),
        counted(FILLS, [fill]),
        counted(BORDERS, [border]),
        counted(STYLE_XFS, [style_xf]),
        counted(XFS, cell_xfs),
    )


def relations(targets):
    entries = "".join(f'<Relationship Id="{key}" Type="{KINDS}{kind}" Target="{target}"/>' for key, kind, target in targets)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'


def types(count):
    parts = {"workbook": "sheet.binary.macroEnabled.main", "styles": "styles"}
    parts |= {f"worksheets/sheet{at + 1}": "worksheet" for at in range(count)}
    entries = "".join(
        f'<Override PartName="/xl/{name}.bin" ContentType="{CONTENT}{kind}"/>' for name, kind in parts.items()
    )
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{rels}{entries}</Types>'


def write(path, sheets):
    """Writes `sheets`, pairs of a name and rows."""
    targets = [(f"rId{at + 1}", "worksheet", f"worksheets/sheet{at + 1}.bin") for at in range(len(sheets))]
    parts = {
        "[Content_Types].xml": types(len(sheets)),
        "_rels/.rels": relations([("rId1", "officeDocument", "xl/workbook.bin")]),
        "xl/workbook.bin": workbook([name for name, _ in sheets]),
        "xl/_rels/workbook.bin.rels": relations([*targets, ("rId90", "styles", "styles.bin")]),
        "xl/styles.bin": styles(),
    }
    for at, (_, rows) in enumerate(sheets):
        parts[f"xl/worksheets/sheet{at + 1}.bin"] = sheet(rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            # A fixed time: the same script makes the same bytes.
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
