#!/usr/bin/env python3
"""Rewrites OpenDocument spreadsheets as OpenOffice.org 1.0 ones, which nothing writes any more.

usage: ods_to_sxc.py OUT_DIR FILE.ods ...

The two differ in names: namespaces, the attributes of values, one `style:properties` instead of one element per kind of
property, no frames around pictures and objects. What 1.0 did not know is left out. Encrypted files are passed over. Whether
LibreOffice reads the same out of both is for the caller to check.
"""
import os
import sys
import zipfile
from xml.etree import ElementTree

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
OLD = "http://openoffice.org/2000/"
# Prefix: new namespace, old namespace.
NAMESPACES = {
    "office": (OASIS + "office:1.0", OLD + "office"),
    "style": (OASIS + "style:1.0", OLD + "style"),
    "text": (OASIS + "text:1.0", OLD + "text"),
    "table": (OASIS + "table:1.0", OLD + "table"),
    "draw": (OASIS + "drawing:1.0", OLD + "drawing"),
    "fo": (OASIS + "xsl-fo-compatible:1.0", "http://www.w3.org/1999/XSL/Format"),
    "xlink": ("http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xlink"),
    "dc": ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.1/"),
    "meta": (OASIS + "meta:1.0", OLD + "meta"),
    "number": (OASIS + "datastyle:1.0", OLD + "datastyle"),
    "svg": (OASIS + "svg-compatible:1.0", "http://www.w3.org/2000/svg"),
    "chart": (OASIS + "chart:1.0", OLD + "chart"),
    "config": (OASIS + "config:1.0", "http://openoffice.org/2001/config"),
    "manifest": (OASIS + "manifest:1.0", "http://openoffice.org/2001/manifest"),
}
OLD_BY_NEW = {new: old for new, old in NAMESPACES.values()}
for prefix, (_, old) in NAMESPACES.items():
    ElementTree.register_namespace(prefix, old)


def old(name):
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix][1]}}}{local}"


ELEMENTS = {
    old("office:font-face-decls"): old("office:font-decls"),
    old("style:font-face"): old("style:font-decl"),
    old("office:scripts"): old("office:script"),
    old("text:tab"): old("text:tab-stop"),
}
ATTRIBUTES = {
    old("style:text-underline-style"): old("style:text-underline"),
    old("style:text-line-through-style"): old("style:text-crossing-out"),
    # Of `style:font-face`.
    old("svg:font-family"): old("fo:font-family"),
}
VALUES = ("value-type", "value", "date-value", "time-value", "boolean-value", "string-value", "currency")
# Elements that stand aside: their children take their places.
UNWRAPPED = (old("office:spreadsheet"),)
MIMETYPE = "application/vnd.sun.xml.calc"


def name_of(qualified):
    """The name in 1.0; none for namespaces that it did not have."""
    if not qualified.startswith("{"):
        return qualified
    namespace, local = qualified[1:].split("}")
    return f"{{{OLD_BY_NEW[namespace]}}}{local}" if namespace in OLD_BY_NEW else None


def value_of(name, value):
    if name == old("xlink:href") and ":" not in value:
        return "#" + value
    if name == old("table:formula"):
        return value.split(":", 1)[1] if value.startswith(("of:", "oooc:")) else value
    if name == old("style:text-underline") and value == "solid":
        return "single"
    if name == old("style:text-crossing-out") and value == "solid":
        return "single-line"
    number = value[:-2]
    if value.endswith("in") and number.replace(".", "", 1).lstrip("-").isdigit():
        return number + "inch"
    return value


def rewritten(element):
    """The elements that stand in an element's place."""
    tag = name_of(element.tag) if isinstance(element.tag, str) else None
    if tag is None:
        return []
    tag = ELEMENTS.get(tag, tag)
    attributes = {}
    for name, value in element.attrib.items():
        name = name_of(name)
        if name is not None:
            name = ATTRIBUTES.get(name, name)
            attributes[name] = value_of(name, value)
    children = [new for child in element for new in rewritten(child)]
    if tag in UNWRAPPED:
        return children
    if tag == old("draw:frame"):
        return framed(attributes, children)
    new = ElementTree.Element(tag, attributes)
    new.text, new.tail = element.text, element.tail
    if tag in (old("table:table-cell"), old("table:covered-table-cell")):
        for value in VALUES:
            if (name := old("office:" + value)) in new.attrib:
                new.attrib[old("table:" + value)] = new.attrib.pop(name)
    if tag == old("office:annotation"):
        annotate(new, children)
        children = [child for child in children if child.tag == old("text:p")]
        new.attrib = {name: value for name, value in new.attrib.items() if name.startswith("{" + OLD + "office}")}
    if tag in (old("style:style"), old("style:default-style"), old("style:page-layout")):
        children = merged(children)
    new.extend(children)
    return [new]


def framed(attributes, children):
    """What was in a frame has the frame's attributes itself; only the first of several ways to show it is kept."""
    content = [child for child in children if child.tag.startswith("{" + OLD + "drawing}")]
    for child in content[:1]:
        child.attrib = {**attributes, **child.attrib}
    return content[:1]


def annotate(annotation, children):
    for child in children:
        for tag, name in ((old("dc:creator"), "office:author"), (old("dc:date"), "office:create-date")):
            if child.tag == tag:
                annotation.set(old(name), child.text or "")


def merged(children):
    """All properties of a style in one element."""
    properties = ElementTree.Element(old("style:properties"))
    others = []
    for child in children:
        if child.tag.endswith("-properties"):
            properties.attrib.update(child.attrib)
            properties.extend(child)
        else:
            others.append(child)
    return [properties, *others]


def part(name, data):
    root = rewritten(ElementTree.fromstring(data))
    if not root:
        return data
    root = root[0]
    if name == "content.xml":
        root.set(old("office:class"), "spreadsheet")
    if old("office:version") in root.attrib:
        root.set(old("office:version"), "1.0")
    if name == "META-INF/manifest.xml":
        for entry in root:
            if entry.get(old("manifest:full-path")) == "/":
                entry.set(old("manifest:media-type"), MIMETYPE)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def convert(source, target):
    with zipfile.ZipFile(source) as packed:
        names = packed.namelist()
        manifest = packed.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
        if b"encryption-data" in manifest:
            return False
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
            for name in names:
                if name == "mimetype" or name.endswith("/"):
                    continue
                data = packed.read(name)
                is_xml = name.endswith(("content.xml", "styles.xml", "settings.xml", "meta.xml", "manifest.xml"))
                out.writestr(name, part(name, data) if is_xml and data.strip() else data)
    return True


def main():
    folder, *sources = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for source in sources:
        target = os.path.join(folder, os.path.splitext(os.path.basename(source))[0] + ".sxc")
        try:
            done = convert(source, target)
        except (zipfile.BadZipFile, ElementTree.ParseError, KeyError) as error:
            done = error
        if done is not True:
            if os.path.exists(target):
                os.remove(target)
            print(f"{source}: {done or 'encrypted'}", file=sys.stderr)


if __name__ == "__main__":
    main()
