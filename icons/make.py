#!/usr/bin/env python3
"""Draws Deskside's mark, a speech bubble on teal as in ui/public/favicon.svg, in every size that the systems want.

Run it from anywhere: it writes beside itself. Python's standard library is all it needs.
"""

import pathlib
import struct
import zlib

TEAL, TEAL_DARK, WHITE = (0x14, 0x7D, 0x77), (0x0B, 0x58, 0x54), (255, 255, 255)
HERE = pathlib.Path(__file__).parent


def rounded_box(x, y, left, top, right, bottom, radius):
    """Signed distance to a box with round corners, in units of the 32-unit drawing; negative inside."""
    dx = abs(x - (left + right) / 2) - (right - left) / 2 + radius
    dy = abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
    return (max(dx, 0) ** 2 + max(dy, 0) ** 2) ** 0.5 + min(max(dx, dy), 0) - radius


def triangle(x, y, points):
    """Signed distance to a triangle (clockwise), good enough near its edges."""
    distance = -1e9
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        distance = max(distance, ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / length)
    return distance


def mix(under, over, share):
    return tuple(round(u + (o - u) * share) for u, o in zip(under, over))


def pixel(x, y, unit):
    """Colour at a point of the drawing; `unit` is the width of one pixel, over which edges are softened."""
    cover = lambda distance: min(max(0.5 - distance / unit, 0), 1)
    tile = cover(rounded_box(x, y, 0, 0, 32, 32, 7.5))
    colour = mix(TEAL, TEAL_DARK, y / 32)
    bubble = min(
        rounded_box(x, y, 7.5, 7.5, 24.5, 20.5, 3),
        triangle(x, y, [(10.2, 19), (16.5, 19), (10.2, 25.2)]),
    )
    colour = mix(colour, WHITE, cover(bubble))
    for centre in (12, 16, 20):
        dot = ((x - centre) ** 2 + (y - 14) ** 2) ** 0.5 - 1.25
        colour = mix(colour, TEAL_DARK, cover(dot))
    return (*colour, round(255 * tile))


def png(size):
    unit = 32 / size
    rows = bytearray()
    for row in range(size):
        rows.append(0)
        for column in range(size):
            rows += bytes(pixel((column + 0.5) * unit, (row + 0.5) * unit, unit))
    chunk = lambda kind, body: (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b"")


def ico(images):
    offset, entries, bodies = 6 + 16 * len(images), b"", b""
    for size, image in images:
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(image), offset + len(bodies))
        bodies += image
    return struct.pack("<HHH", 0, 1, len(images)) + entries + bodies


def icns(images):
    body = b"".join(kind + struct.pack(">I", len(image) + 8) + image for kind, image in images)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main():
    drawn = {size: png(size) for size in (16, 32, 48, 64, 128, 256, 512)}
    for name, size in {"32x32": 32, "128x128": 128, "128x128@2x": 256, "icon": 512}.items():
        (HERE / f"{name}.png").write_bytes(drawn[size])
    (HERE / "icon.ico").write_bytes(ico([(size, drawn[size]) for size in (16, 32, 48, 64, 256)]))
    kinds = {b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic08": 256, b"ic13": 256, b"ic09": 512, b"ic14": 512}
    (HERE / "icon.icns").write_bytes(icns([(kind, drawn[size]) for kind, size in kinds.items()]))


if __name__ == "__main__":
    main()
