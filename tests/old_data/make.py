"""What a portal of this version leaves behind, as text, for the test that a later version reads it (crates/portal/tests/portal/old_data.rs).

    PYTHON tests/old_data/make.py target/ci/deskside-portal [postgres://user@host/an_empty_database]

PYTHON is that of the tests' tools (`cargo xtask setup`; aiohttp). Plays an afternoon against a portal in a scratch folder: every table
has rows afterwards but `set_up`, which is empty once there is an organisation. Writes SCHEMA.sql and SCHEMA.json beside itself, where
SCHEMA is the database and its last migration. Run it before a change that adds a migration, and add the files to the test.
"""

import asyncio, base64, glob, json, os, pathlib, sqlite3, struct, subprocess, sys, tempfile, time, uuid, zlib

import aiohttp

PASSWORD = "copper kettle 7 rides"
HERE = pathlib.Path(__file__).parent


def txn():
    return (int(time.time() * 1000).to_bytes(6) + b"\x70" + os.urandom(9)).hex()


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes([90, 140, 200] * 64) for _ in range(48))
    head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Portal:
    def __init__(self, program, folder, url):
        self.program, self.folder = program, folder
        self.where = ["--data-dir", folder] + (["--database-url", url] if url else [])

    def run(self, *arguments):
        subprocess.run([self.program, *arguments, *self.where], input=PASSWORD + "\n", text=True, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        command = [self.program, "serve", "--listen", "127.0.0.1:0", "--print-json", *self.where]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["public_url"]

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


class Client:
    def __init__(self, http, url, token=None):
        self.http, self.url, self.token = http, url + "/api/v1", token

    async def call(self, method, path, body=None, headers=None, data=None):
        headers = dict(headers or {}, **({"Authorization": f"Bearer {self.token}"} if self.token else {}))
        url = path if path.startswith("http") else self.url + path
        async with self.http.request(method, url, json=body, data=data, headers=headers) as reply:
            content = await reply.read()
            assert reply.status < 400, (method, path, reply.status, content)
            return json.loads(content) if reply.content_type == "application/json" else content

    async def upload(self, session, name, content, whole=True):
        told = {"Tus-Resumable": "1.0.0"}
        named = base64.b64encode(name.encode()).decode()
        length = len(content) if whole else 2 * len(content)
        made = await self.call("POST", f"/sessions/{session}/uploads", headers=told | {"Upload-Length": str(length), "Upload-Metadata": f"filename {named}"})
        piece = told | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        await self.call("PATCH", f"/uploads/{made['upload_id']}", headers=piece, data=content)
        return made["attachment_id"]

    async def enter(self, session):
        self.socket = await self.http.ws_connect(f"{self.url}/sessions/{session}/socket", headers={"Authorization": f"Bearer {self.token}"})
        await self.socket.send_json({"type": "hello", "protocol": 1, "resume_after": 0})
        self.me = (await self.until("welcome"))["you"]["id"]

    async def until(self, kind):
        while True:
            frame = await self.socket.receive_json(timeout=20)
            assert frame["type"] not in ("rejected", "error"), frame
            if frame["type"] == kind:
                return frame

    async def command(self, kind, **fields):
        await self.socket.send_json({"type": "send", "txn_id": txn(), "command": {"type": kind, **fields}})
        return (await self.until("ack"))["seq"]

    async def post(self, text, **fields):
        return await self.command("post_message", text=text, **fields)


async def play(portal):
    portal.run("org", "create", "--name", "Acme & Söhne", "--admin-email", "ada@example.org", "--admin-name", "Ada")
    for role, name in ("technician", "Tess"), ("technician-own", "Olaf"):
        portal.run("user", "create", "--org", "Acme & Söhne", "--role", role, "--email", f"{name.lower()}@example.org", "--name", name)
    portal.start()
    async with aiohttp.ClientSession() as http:
        nobody = Client(http, portal.url)
        people = {}
        for name in ("Ada", "Tess", "Olaf"):
            answer = await nobody.call("POST", "/auth/sign-in", {"email": f"{name.lower()}@example.org", "password": PASSWORD, "client": "desktop"})
            people[name] = Client(http, portal.url, answer["token"])
        ada, tess = people["Ada"], people["Tess"]
        org = answer["me"]["memberships"][0]["org_id"]

        settings = await ada.call("GET", f"/orgs/{org}/settings")
        settings["chat"]["keep_history"] = True
        settings["attachments"]["customer_attach"] = "always"
        settings["attachments"]["consent_stored"] = "ask"
        settings["attachments"]["transcript_retention_days"] = 36500
        settings = await ada.call("PUT", f"/orgs/{org}/settings", settings)
        await ada.call("POST", f"/orgs/{org}/canned-replies", {"shortcut": "hi", "text": "Hello, how can I help?"})

        async def guest(session, secret, name):
            answer = await nobody.call("POST", "/join", {"secret": secret, "name": name, "client": "desktop"})
            return Client(http, portal.url, answer["token"])

        made = await tess.call("POST", f"/orgs/{org}/sessions", {"title": "Drucker 🖨 <b>raucht</b>"})
        over = made["session"]["id"]
        carl = await guest(over, made["join"]["link"].rsplit("/", 1)[1], "Carl")
        await tess.enter(over)
        await carl.enter(over)
        smoke = await carl.post("my printer smokes")
        await tess.post("since when?", reply_to=smoke, mentions=[carl.me])
        await tess.post("he has the old model", private=True)
        await carl.command("edit_message", target=smoke, text="my printer smokes and beeps", notify=False)
        wrong = await carl.post("wrong window, my password is hunter2")
        await carl.command("delete_message", target=wrong)
        for emoji in "👍", "🎉":
            await tess.command("react", target=smoke, emoji=emoji)
        await tess.command("unreact", target=smoke, emoji="🎉")
        contents = {"smoke.txt": b"puff\n" * 40, "picture.png": png(), "declined.txt": b"no", "revoked.txt": b"oops", "unsent.txt": b"later"}
        ids = {name: await carl.upload(over, name, content) for name, content in contents.items()}
        kept = await carl.post("look", attachments=[ids["smoke.txt"], ids["picture.png"]])
        declined = await carl.post("", attachments=[ids["declined.txt"]])
        revoked = await carl.post("", attachments=[ids["revoked.txt"]])
        await tess.command("answer_attachments", target=declined, attachments=[ids["declined.txt"]], accept=False)
        both = [ids["smoke.txt"], ids["picture.png"]]
        await tess.command("answer_attachments", target=kept, attachments=both, accept=True)
        await tess.command("confirm_attachments", target=kept, attachments=both)
        await carl.command("revoke_attachments", target=revoked, attachments=[ids["revoked.txt"]])
        direct = await tess.call("POST", f"/sessions/{over}/direct", {"name": "disk.iso", "size": 5_000_000_000, "kind": "file", "files": 1})
        big = await tess.post("the image", attachments=[direct["attachment"]["id"] if "attachment" in direct else direct["attachment_id"]])
        last = await carl.post("thank you!")
        await tess.socket.send_json({"type": "read", "seq": last})
        await asyncio.sleep(1)
        await carl.command("leave")
        await tess.call("POST", f"/sessions/{over}/end", {})
        await tess.until("sealed")
        transcript = await ada.call("GET", f"/orgs/{org}/files/{over}/transcript")
        await ada.call("GET", f"/sessions/{over}/attachments/{ids['smoke.txt']}")

        made = await tess.call("POST", f"/orgs/{org}/sessions", {"title": "Open"})
        opened = made["session"]["id"]
        cora = await guest(opened, made["join"]["link"].rsplit("/", 1)[1], "Cora")
        wanda = await guest(opened, made["join"]["code"], "Wanda")
        await cora.enter(opened)
        await cora.post("hello?")
        await cora.upload(opened, "half.bin", b"x" * 1000, whole=False)

        made = await tess.call("POST", f"/orgs/{org}/sessions", {"title": "Deleted"})
        await tess.call("POST", f"/sessions/{made['session']['id']}/end", {})
        await asyncio.sleep(2)
        await ada.call("DELETE", f"/orgs/{org}/files/{made['session']['id']}")
        await asyncio.sleep(2)
        files = await ada.call("GET", f"/orgs/{org}/files")
        audit = await ada.call("GET", f"/orgs/{org}/audit")
        return {
            "made_at": int(time.time() * 1000), "org": org, "password": PASSWORD, "tokens": {name: one.token for name, one in people.items()},
            "guests": {"Cora": cora.token, "Wanda": wanda.token}, "over": over, "open": opened, "last": last, "big": big,
            "attachments": {name: ids[name] for name in ("smoke.txt", "picture.png", "declined.txt", "revoked.txt")},
            "settings": settings, "transcript": transcript.decode(), "files": files["entries"][0], "audit": [item["action"] for item in audit["items"]],
        }


def blobs(folder):
    root = pathlib.Path(folder) / "blobs"
    return {str(path.relative_to(root)): base64.b64encode(path.read_bytes()).decode() for path in sorted(root.rglob("*")) if path.is_file()}


def pending(told, literal):
    """Bytes of a deleted session that were not erased yet when the portal ended: the eraser is too quick to be caught at it."""
    org = literal(told["org"])
    gone = [literal(str(uuid.UUID(int=uuid.UUID(told["over"]).int ^ n))) for n in (1, 2, 3)]
    return [f"INSERT INTO file_to_erase VALUES ({gone[0]}, {gone[1]}, {gone[2]}, {org})", f"INSERT INTO session_to_erase VALUES ({gone[2]}, {org})"]


def sqlite(folder, told):
    database = sqlite3.connect(f"{folder}/deskside.db")
    for statement in pending(told, lambda value: f"x'{uuid.UUID(value).hex}'"):
        database.execute(statement)
    database.commit()
    version = database.execute("SELECT max(version) FROM _sqlx_migrations").fetchone()[0]
    return f"sqlite-{version:04}", "\n".join(database.iterdump()) + "\n"


def postgres(url, told):
    for statement in pending(told, lambda value: f"'\\x{uuid.UUID(value).hex}'"):
        subprocess.run(["psql", "-X", "-q", "-c", statement, url], check=True)
    ask = ["psql", "-X", "-q", "-A", "-t", "-c", "SELECT max(version) FROM _sqlx_migrations", url]
    version = int(subprocess.run(ask, check=True, capture_output=True, text=True).stdout)
    dump = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", url]
    lines = subprocess.run(dump, check=True, capture_output=True, text=True).stdout.splitlines()
    # Newer ones begin with commands for psql.
    return f"postgres-{version:04}", "\n".join(line for line in lines if line and not line.startswith(("\\", "--"))) + "\n"


def main():
    program, url = sys.argv[1], (sys.argv[2:] + [None])[0]
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(program, folder, url)
        try:
            told = asyncio.run(play(portal))
        finally:
            portal.stop()
        told["blobs"] = blobs(folder)
        name, text = postgres(url, told) if url else sqlite(folder, told)
    (HERE / f"{name}.sql").write_text(text)
    (HERE / f"{name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    print(HERE / name)


main()
