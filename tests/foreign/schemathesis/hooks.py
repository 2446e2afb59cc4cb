"""Requests that schemathesis makes up from the OpenAPI file name real things in most cases: an id that nobody has is refused before
anything is done with it. The things are told by the test (crates/portal/tests/portal/schemathesis.rs) in DESKSIDE_WORLD:
{"ids": {parameter: [id …]}, "of": {operation: {parameter: [id …]}}}."""

import json
import os
import zlib

import schemathesis

WORLD = json.loads(os.environ["DESKSIDE_WORLD"])


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters:
        return path_parameters
    operation = context.operation.definition.raw.get("operationId")
    # Which ones follows from the request: a seed plays it again.
    draw = zlib.crc32(repr((operation, sorted(path_parameters.items()))).encode())
    if draw % 4 == 0:
        return path_parameters
    known = WORLD["ids"] | WORLD["of"].get(operation, {})
    return path_parameters | {name: known[name][draw // 4 % len(known[name])] for name in path_parameters if known.get(name)}


@schemathesis.serializer("application/offset+octet-stream")
def piece_of_an_upload(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
