#!/usr/bin/python3
"""How alike slides are laid out: the share of LibreOffice's text boxes that one of ours covers.

usage: slide_likeness.py CORPUS PREVIEW_TEXT [--every N] [--json OUT]

CORPUS has folders `pptx` and `ppt`; PREVIEW_TEXT is the program `preview-text`. LibreOffice writes every deck as a flat
presentation, where each box stands at its resolved place. A box with words in it counts as found where a box of ours with
words, on the same slide, has an intersection over union with it of at least .7; turned boxes are compared by the upright
rectangles around them. Decks that one of both does not open are counted apart. Needs LibreOffice Impress, nothing else.
"""
import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

FORMATS = ("pptx", "ppt")
ALIKE = 0.7
BATCH = 8
SECONDS = 60
OFFICE, DRAW, SVG, TEXT, PRESENTATION = (
    "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}" % name
    for name in ("office", "drawing", "svg-compatible", "text", "presentation"))
POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "px": 0.75, "pc": 12.0}
LENGTH = re.compile(r"(-?[\d.]+)([a-z]+)")
STEP = re.compile(r"(\w+)\s*\(([^)]*)\)")


def points(length):
    """A length such as `2.54cm`, in points."""
    found = LENGTH.match(length or "")
    return float(found[1]) * POINTS.get(found[2], 0.0) if found else 0.0


def around(corners):
    """The upright rectangle around corners: left, top, right, bottom."""
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def rotated(corners, angle):
    """Corners turned about the origin; radians, clockwise where y points down."""
    sin, cos = math.sin(angle), math.cos(angle)
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in corners]


def transformed(corners, transform):
    """Corners after the steps of a `draw:transform`, the first one first; its angles are counterclockwise."""
    for name, values in STEP.findall(transform):
        values = values.split()
        if name == "rotate":
            corners = rotated(corners, -float(values[0]))
        elif name == "translate":
            x, y = points(values[0]), points(values[1]) if len(values) > 1 else 0.0
            corners = [(left + x, top + y) for left, top in corners]
        elif name == "skewX":
            slope = math.tan(-float(values[0]))
            corners = [(left + top * slope, top) for left, top in corners]
        elif name == "scale":
            across, down = float(values[0]), float(values[-1])
            corners = [(left * across, top * down) for left, top in corners]
    return corners


def office_box(shape):
    """Where LibreOffice has a shape."""
    x, y, width, height = (points(shape.get(SVG + side)) for side in ("x", "y", "width", "height"))
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return around(transformed(corners, shape.get(DRAW + "transform", "")))


def office_words(shape):
    """What is written in a shape, but not in shapes inside it."""
    inside = [part for part in shape if part.tag == TEXT + "p" or part.tag == TEXT + "list"]
    boxes = shape.findall(DRAW + "text-box")
    return "".join("".join(part.itertext()) for part in inside + boxes).strip()


def office_slides(path):
    """The text boxes of every slide of a flat presentation, as (box, words)."""
    pages = ElementTree.parse(path).getroot().iter(DRAW + "page")
    return [list(office_boxes(page)) for page in pages]


def office_boxes(page):
    """The text boxes of a slide, those in groups too, without those of its notes."""
    for shape in page:
        if shape.tag == DRAW + "g":
            yield from office_boxes(shape)
        elif shape.tag != PRESENTATION + "notes" and shape.get(SVG + "width"):
            words = office_words(shape)
            if words:
                yield office_box(shape), words


def our_slides(program, path):
    """The text boxes of every slide as the preview has them; None where there is no preview."""
    done = subprocess.run([program, "--json", path], capture_output=True, timeout=SECONDS)
    if done.returncode:
        return None
    parts = documents(done.stdout.decode("utf8", "replace"))
    return [list(our_boxes(part["shapes"])) for part in parts if isinstance(part, dict) and part.get("type") == "slide"]


def documents(text):
    """JSON documents that stand one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        at += len(text[at:]) - len(text[at:].lstrip())


def our_boxes(shapes):
    """The boxes of shapes that have a text, those in groups too."""
    for shape in shapes:
        if shape.get("text"):
            yield our_box(shape["frame"])
        content = shape.get("content") or {}
        if content.get("type") == "group":
            yield from our_boxes(content["shapes"])


def our_box(frame):
    """The upright rectangle around a frame, which is turned about its middle."""
    width, height = frame["width"], frame["height"]
    x, y = frame["x"] + width / 2, frame["y"] + height / 2
    corners = [(sign * width / 2, other * height / 2) for sign in (-1, 1) for other in (-1, 1)]
    turned = rotated(corners, math.radians(frame.get("rotation", 0.0)))
    return around([(x + left, y + top) for left, top in turned])


def overlap(one, other):
    """Intersection over union of two boxes."""
    area = lambda box: max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
    shared = area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
    union = area(one) + area(other) - shared
    return shared / union if union else 0.0


def compared(expected, got):
    """How many of LibreOffice's boxes of one deck there are, and those that no box of ours covers."""
    missed, count = [], 0
    for number, boxes in enumerate(expected):
        ours = got[number] if number < len(got) else []
        for box, words in boxes:
            count += 1
            best = max(ours, key=lambda our: overlap(box, our), default=None)
            share = overlap(box, best) if best else 0.0
            if share < ALIKE:
                rounded = [None if found is None else [round(side, 1) for side in found] for found in (box, best)]
                missed.append(dict(slide=number + 1, words=words[:60], office=rounded[0], ours=rounded[1], overlap=round(share, 3)))
    return count, missed


def converted(paths, folder, profile):
    """Flat presentations of decks, by their paths; a batch at a time, and the decks of a batch that broke one by one."""
    for start in range(0, len(paths), BATCH):
        batch = paths[start:start + BATCH]
        convert(batch, folder, profile)
        for path in batch:
            if not os.path.exists(flat(path, folder)):
                convert([path], folder, profile)
    return {path: flat(path, folder) for path in paths if os.path.exists(flat(path, folder))}


def flat(path, folder):
    """Where LibreOffice writes the flat presentation of a deck."""
    return os.path.join(folder, os.path.splitext(os.path.basename(path))[0] + ".fodp")


def convert(paths, folder, profile):
    """Lets LibreOffice write flat presentations; what it does not open it leaves out."""
    command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore",
               "--convert-to", "fodp", "--outdir", folder, *paths]
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS * len(paths))
    except subprocess.TimeoutExpired:
        pass


def measured(program, folder, format_name, every):
    """The figures of one format, with those of each deck."""
    names = sorted(name for name in os.listdir(folder) if name.endswith("." + format_name))[::every]
    decks, unopened = [], 0
    with tempfile.TemporaryDirectory(prefix="deskside-slides-") as work:
        flats = converted([os.path.join(folder, name) for name in names], work, os.path.join(work, "profile"))
        for path, flat_path in flats.items():
            ours = our_slides(program, path)
            unopened += ours is None
            count, missed = compared(office_slides(flat_path), ours or [])
            decks.append(dict(file=os.path.basename(path), boxes=count, found=count - len(missed), missed=missed))
    boxes, found = (sum(deck[key] for deck in decks) for key in ("boxes", "found"))
    return dict(format=format_name, decks=len(decks), unopened=unopened, boxes=boxes, found=found,
                share=round(found / boxes, 4) if boxes else None, documents=decks)


def main():
    """Measures both formats and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("preview_text")
    parser.add_argument("--every", type=int, default=1, help="only every Nth deck")
    parser.add_argument("--json", help="where the figures go, with each box that was missed")
    arguments = parser.parse_args()
    results = []
    print(f"{'format':7}{'decks':>7}{'unopened':>10}{'boxes':>8}{'found':>8}{'share':>8}")
    for name in FORMATS:
        folder = os.path.join(arguments.corpus, name)
        if not os.path.isdir(folder):
            continue
        result = measured(os.path.abspath(arguments.preview_text), folder, name, arguments.every)
        results.append(result)
        share = "-" if result["share"] is None else f"{result['share']:.3f}"
        print(f"{name:7}{result['decks']:7}{result['unopened']:10}{result['boxes']:8}{result['found']:8}{share:>8}", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as out:
            json.dump(results, out, indent=1)
    return 0 if results else 2


if __name__ == "__main__":
    sys.exit(main())
