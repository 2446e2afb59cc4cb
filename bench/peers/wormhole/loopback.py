"""The wormhole command on loopback alone: by itself it offers every address of the machine but that one."""

import sys

from wormhole import ipaddrs
from wormhole.cli.cli import wormhole

ipaddrs.find_addresses = lambda: ["127.0.0.1"]
sys.exit(wormhole())
