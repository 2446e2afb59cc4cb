# One upload by tuspy, as the job in the first argument (JSON) says; what happens is told line by line, as tus_js_upload.cjs does.
import hashlib
import json
import sys

import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.storage.filestorage import FileStorage
from tusclient.uploader import Uploader

job = json.loads(sys.argv[1])


def tell(*words):
    print(*words, flush=True)


def tell_created(answer, *args, **kwargs):
    if answer.request.method == "POST" and answer.status_code == 201:
        tell("attachment", answer.json()["attachment_id"])


# tuspy keeps the body of an answer to itself; these are the hooks of every new session of requests.
requests.sessions.default_hooks = lambda: {"response": [tell_created]}

if job.get("lies"):
    Uploader.CHECKSUM_ALGORITHM_PAIR = ("sha1", lambda piece: hashlib.sha1(piece + b"!"))

try:
    client = TusClient(job["endpoint"], headers={"Authorization": f"Bearer {job['token']}"})
    uploader = client.uploader(
        job["path"],
        chunk_size=job["piece"],
        metadata={"filename": job["name"]},
        store_url=True,
        url_storage=FileStorage(job["places"]),
        upload_checksum=job.get("checksum", False),
        retries=job.get("retries", 0),
        retry_delay=1,
    )
    tell("from", uploader.offset)
    while uploader.offset < uploader.stop_at:
        uploader.upload_chunk()
        tell("at", uploader.offset)
    tell("url", uploader.url)
    tell("done")
except (TusCommunicationError, TusUploadFailed) as error:
    tell("failed", error.status_code)
    sys.exit(3)
