# moto's S3 on a free port of the loopback, for whoever holds the other end of standard input.
# Standard output: the endpoint, then a bucket's name; one more for every line read. It ends with standard input.
import logging
import sys
from itertools import count

import boto3
from moto.server import ThreadedMotoServer

# A line for every request would bury what a failed test says.
logging.getLogger("werkzeug").setLevel(logging.ERROR)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
print(endpoint, flush=True)
for number in count():
    bucket = f"deskside-{number}"
    s3.create_bucket(Bucket=bucket)
    print(bucket, flush=True)
    if not sys.stdin.readline():
        break
