#!/usr/bin/env python3
"""Makes the office documents of the tests, `tests/documents`, out of what is written here.

usage: make_documents.py [OUT_DIR]

LibreOffice (`soffice`) writes them from flat OpenDocument files: one letter, one budget, one talk, in each format that it can
write; `ods_to_sxc.py` and `xlsb.py` write those that it cannot, and LibreOffice has to open what they wrote. Needs nothing else.
"""
import base64
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import ods_to_sxc
import xlsb

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 120

NAMESPACES = " ".join(
    [f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"' for name, urn in (
        ("office", "office"), ("style", "style"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"), ("svg", "svg-compatible"), ("number", "datastyle"), ("presentation", "presentation"),
    )]
)


def board():
    """A PNG picture of eight by eight pixels, red and white in turn, in base 64."""
    rows = b"".join(
        b"\0" + b"".join(b"\xff\xff\xff" if (x + y) % 2 else b"\xcc\x22\x22" for x in range(8)) for y in range(8)
    )
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


LETTER_STYLES = """
<style:style style:name="Bold" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="Italic" style:family="text"><style:text-properties fo:font-style="italic"/></style:style>
<style:style style:name="Next" style:family="paragraph" style:parent-style-name="Heading">
  <style:paragraph-properties fo:break-before="page"/></style:style>
<style:style style:name="Column" style:family="table-column"><style:table-column-properties style:column-width="5cm"/></style:style>
<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:border="0.5pt solid #336699"/></style:style>
<text:list-style style:name="Steps"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix=".">
  <style:list-level-properties text:space-before="0.6cm" text:min-label-width="0.6cm"/></text:list-level-style-number></text:list-style>
<style:page-layout style:name="Paper"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin="2cm"/>
  <style:header-style/><style:footer-style/></style:page-layout>
"""
LETTER_MASTER = """
<style:master-page style:name="Standard" style:page-layout-name="Paper">
  <style:header><text:p>Contoso Service Desk</text:p></style:header>
  <style:footer><text:p>Page <text:page-number text:select-page="current">1</text:page-number></text:p></style:footer>
</style:master-page>
"""
LETTER = f"""
<text:h text:outline-level="1">Maintenance report</text:h>
<text:p>Dear customer, the printer in <text:span text:style-name="Bold">room 12</text:span> works again, and this is
<text:span text:style-name="Italic">what we did</text:span>.<text:note text:id="n1" text:note-class="footnote"><text:note-citation>1</text:note-citation>
<text:note-body><text:p>On the second of March.</text:p></text:note-body></text:note></text:p>
<text:list text:style-name="Steps"><text:list-item><text:p>Unplugged the cable</text:p></text:list-item>
<text:list-item><text:p>Cleaned the rollers</text:p></text:list-item></text:list>
<table:table table:name="Parts"><table:table-column table:style-name="Column" table:number-columns-repeated="2"/>
<table:table-row><table:table-cell table:style-name="Cell" table:number-columns-spanned="2"><text:p>Parts used</text:p></table:table-cell><table:covered-table-cell/></table:table-row>
<table:table-row><table:table-cell table:style-name="Cell"><text:p>Roller</text:p></table:table-cell>
<table:table-cell table:style-name="Cell"><text:p>2 pieces</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame text:anchor-type="as-char" svg:width="3cm" svg:height="3cm"><draw:image><office:binary-data>{board()}</office:binary-data></draw:image>
<svg:desc>A red and white board</svg:desc></draw:frame></text:p>
<text:h text:outline-level="1" text:style-name="Next">What comes next</text:h>
<text:p>Please order new rollers before winter.</text:p>
"""

BUDGET_STYLES = """
<number:date-style style:name="N1"><number:day number:style="long"/><number:text>.</number:text><number:month number:style="long"/>
  <number:text>.</number:text><number:year number:style="long"/></number:date-style>
<number:number-style style:name="N2"><number:number number:decimal-places="2" number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/>
  <number:text> EUR</number:text></number:number-style>
<number:percentage-style style:name="N3"><number:number number:decimal-places="1" number:min-decimal-places="1" number:min-integer-digits="1"/>
  <number:text>%</number:text></number:percentage-style>
<style:style style:name="date" style:family="table-cell" style:parent-style-name="Default" style:data-style-name="N1"/>
<style:style style:name="money" style:family="table-cell" style:parent-style-name="Default" style:data-style-name="N2"/>
<style:style style:name="share" style:family="table-cell" style:parent-style-name="Default" style:data-style-name="N3"/>
<style:style style:name="Wide" style:family="table-column"><style:table-column-properties style:column-width="4cm"/></style:style>
"""
# 46095 is 14 March 2026.
SHEETS = [
    ("Budget", [
        ["Budget of the year"],
        ["Day", "Cost", "Share"],
        [(46095, "date"), (1234567.891, "money"), (0.125, "share")],
        ["Printer", (80, "money"), (0.5, "share")],
    ]),
    ("Remarks", [["Ask Ann before ordering"], ["Nothing else"]]),
]

TALK_STYLES = """
<style:page-layout style:name="Screen"><style:page-layout-properties fo:page-width="28cm" fo:page-height="15.75cm" fo:margin="0cm"/></style:page-layout>
<style:style style:name="Box" style:family="graphic"><style:graphic-properties draw:fill="solid" draw:fill-color="#0f5a5e" draw:stroke="none"
  draw:auto-grow-height="false" draw:textarea-vertical-align="middle"/></style:style>
<style:style style:name="Text" style:family="graphic"><style:graphic-properties draw:fill="none" draw:stroke="none"/></style:style>
<style:style style:name="White" style:family="paragraph"><style:text-properties fo:color="#ffffff" fo:font-size="28pt"/></style:style>
<style:style style:name="Plain" style:family="paragraph"><style:text-properties fo:font-size="24pt"/></style:style>
"""
TALK_MASTER = '<style:master-page style:name="Plain" style:page-layout-name="Screen"/>'
TALK = """
<draw:page draw:name="First" draw:master-page-name="Plain">
  <draw:custom-shape draw:style-name="Box" svg:x="2cm" svg:y="2cm" svg:width="24cm" svg:height="4cm"><text:p text:style-name="White">Welcome to the service desk</text:p>
    <draw:enhanced-geometry svg:viewBox="0 0 21600 21600" draw:type="rectangle" draw:enhanced-path="M 0 0 L 21600 0 21600 21600 0 21600 0 0 Z N"/></draw:custom-shape>
  <draw:frame draw:style-name="Text" svg:x="2cm" svg:y="8cm" svg:width="24cm" svg:height="3cm"><draw:text-box><text:p text:style-name="Plain">We help at once</text:p></draw:text-box></draw:frame>
</draw:page>
<draw:page draw:name="Second" draw:master-page-name="Plain">
  <draw:frame draw:style-name="Text" svg:x="2cm" svg:y="2cm" svg:width="24cm" svg:height="3cm"><draw:text-box><text:p text:style-name="Plain">How to reach us</text:p></draw:text-box></draw:frame>
  <draw:custom-shape draw:style-name="Box" svg:x="4cm" svg:y="7cm" svg:width="8cm" svg:height="6cm"><text:p text:style-name="White">Call</text:p>
    <draw:enhanced-geometry svg:viewBox="0 0 21600 21600" draw:type="ellipse" draw:enhanced-path="U 10800 10800 10800 10800 0 360 Z N"/></draw:custom-shape>
</draw:page>
"""


def flat(kind, styles, master, body):
    """A flat OpenDocument file of one kind: text, spreadsheet or presentation."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {NAMESPACES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.{kind}">
<office:automatic-styles>{styles}</office:automatic-styles><office:master-styles>{master}</office:master-styles>
<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"""


def budget():
    return "".join(
        f'<table:table table:name="{name}"><table:table-column table:style-name="Wide" table:number-columns-repeated="3"/>'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in SHEETS
    )


def cell(value):
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    number, style = value
    kinds = {"date": 'date" office:date-value="2026-03-14', "share": f'percentage" office:value="{number}'}
    kind = kinds.get(style, f'float" office:value="{number}')
    return f'<table:table-cell table:style-name="{style}" office:value-type="{kind}"/>'


# Document: its flat source, and the filter that writes each format.
SOURCES = {
    "letter.fodt": flat("text", LETTER_STYLES, LETTER_MASTER, LETTER),
    "budget.fods": flat("spreadsheet", BUDGET_STYLES, "", budget()),
    "talk.fodp": flat("presentation", TALK_STYLES, TALK_MASTER, TALK),
}
FILTERS = {
    "letter.fodt": {
        "docx": "MS Word 2007 XML", "docm": "MS Word 2007 XML VBA", "dotx": "MS Word 2007 XML Template",
        "doc": "MS Word 97", "rtf": "Rich Text Format", "pdf": "writer_pdf_Export",
    },
    "budget.fods": {
        "xlsx": "Calc MS Excel 2007 XML", "xlsm": "Calc MS Excel 2007 VBA XML", "xls": "MS Excel 97", "ods": "calc8",
    },
    "talk.fodp": {
        "pptx": "Impress MS PowerPoint 2007 XML", "pptm": "Impress MS PowerPoint 2007 XML VBA", "ppt": "MS PowerPoint 97",
    },
}


def convert(source, target, form, folder):
    """Has LibreOffice write `source` into the folder of `target` in a format; raises where nothing came of it."""
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", form,
         "--outdir", os.path.dirname(target), source],
        check=True, timeout=SECONDS, stdout=subprocess.DEVNULL,
    )
    if not os.path.exists(target):
        raise RuntimeError(f"LibreOffice wrote no {os.path.basename(target)}")


# Cells as they are displayed (the ninth token), with commas between them.
AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true"


def opened(path, folder):
    """What LibreOffice reads in a workbook's first sheet; raises where it does not open it."""
    table = os.path.join(folder, os.path.splitext(os.path.basename(path))[0] + ".csv")
    if os.path.exists(table):
        os.remove(table)
    convert(path, table, AS_SHOWN, folder)
    with open(table, encoding="utf-8") as text:
        return text.read()


def main():
    out = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../../documents"))
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in SOURCES.items():
            source = os.path.join(folder, name)
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            for ending, filter_name in FILTERS[name].items():
                made = os.path.join(folder, f"{os.path.splitext(name)[0]}.{ending}")
                convert(source, made, f"{ending}:{filter_name}", folder)
                shutil.copy(made, out)
        ods_to_sxc.convert(os.path.join(out, "budget.ods"), os.path.join(out, "budget.sxc"))
        xlsb.write(os.path.join(out, "budget.xlsb"), SHEETS)
        for name in ("budget.ods", "budget.sxc", "budget.xlsb"):
            text = opened(os.path.join(out, name), folder)
            if "14.03.2026" not in text or "1,234,567.89 EUR" not in text:
                raise RuntimeError(f"LibreOffice reads {name} otherwise: {text!r}")


if __name__ == "__main__":
    main()
