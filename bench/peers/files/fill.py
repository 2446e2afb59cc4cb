"""Makes the sessions of `cargo xtask bench files`: people, messages, metadata of files, reports; the same ones each time.

    fill.py sqlite DATABASE ORG USER SESSIONS       into a database that a portal has made and let go of
    fill.py postgres FILE ORG USER SESSIONS         as statements for psql

Words of sessions stay NULL: the portal's next start fills them in, as after a migration, which is measured too.
"""

import hashlib
import json
import random
import sqlite3
import sys

DAY = 86_400_000
NOW = 1_790_000_000_000
WORDS = """printer scanner toner paper jam driver update restart cable network router password login mail calendar meeting
screen keyboard mouse battery charger laptop docking station monitor resolution window browser cookie cache download upload
invoice order ticket license server database backup restore error message warning blue slow freeze crash install remove
version firmware wireless signal cloud sync folder share permission group policy account locked reset token phone headset""".split()
FIRST = "Ann Bob Carla Dora Emil Fatma Günther Hélène Ivan Jörg Kaya Léa Mila Noor Øystein Petra Quinn Rosa Søren Ünal".split()
LAST = "Schmidt Müller Ångström Öztürk García Nowak Novák Jensen Rossi Dubois Kowalska Popescu Ivanova Nagy Horvat".split()
# One session of a thousand, and one alone.
SELDOM, UNIQUE = "zeppelin", "xylophone"
KINDS = [("image/png", "png"), ("application/pdf", "pdf"), ("text/plain", "txt"), ("video/webm", "webm"), ("application/zip", "zip")]


def uuid(millis, *parts):
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=10).digest()
    return millis.to_bytes(6, "big") + digest


def rows(org, user, sessions):
    """Table and row, in an order that every reference allows."""
    chance = random.Random(7)
    for number in range(sessions):
        start = NOW - (sessions - number) * (700 * DAY // sessions)
        session = uuid(start, "session", number)
        words = chance.choices(WORDS, k=chance.randint(2, 6))
        rare = [SELDOM] if number % 1000 == 17 else []
        rare += [UNIQUE] if number == sessions // 3 else []
        title = " ".join(words[:3] + rare).capitalize()
        length = chance.randint(60_000, 5_400_000)
        joined = start + chance.randint(5_000, 900_000)
        texts = [" ".join(chance.choices(WORDS, k=chance.randint(3, 20)) + rare) for _ in range(chance.randint(2, 8))]
        head = len(texts) + 1
        size = 200 + sum(map(len, texts))
        yield "session", (
            session, org, user, title, start, start + length, size, "ab" * 32, start + length + 50, head, len(texts),
        )
        for form, grows in [("txt", 1), ("html", 3), ("json", 2)]:
            yield "transcript", (session, form, size * grows, "ab" * 32)
        technician, customer = uuid(start, "technician", number), uuid(start, "customer", number)
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        yield "participant", (technician, session, "Ada", "technician", "admitted", user, True, start, start)
        yield "participant", (customer, session, name, "customer", "left", None, True, joined - 2_000, joined)
        for seq, text in enumerate(texts, 1):
            sender = technician if seq % 2 else customer
            body = json.dumps({"type": "message_posted", "text": text}, separators=(",", ":"))
            at = joined + seq * 1_000
            yield "event", (session, seq, uuid(at, "event", number, seq), sender, at, "all", True, body)
        ended = json.dumps({"type": "session_ended", "reason": "ended_by_technician"}, separators=(",", ":"))
        yield "event", (session, head, uuid(start + length, "event", number, head), technician, start + length, "all", False, ended)
        for file in range(chance.choices([0, 1, 2, 3], [60, 20, 15, 5])[0]):
            media_type, ending = chance.choice(KINDS)
            attachment = uuid(start, "attachment", number, file)
            yield "attachment", (
                attachment, uuid(start, "upload", number, file), session, customer,
                f"{chance.choice(WORDS)}-{file}.{ending}", chance.randint(1_000, 20_000_000), "offered", start,
                media_type, hashlib.sha256(attachment).hexdigest(), 1, file, "all", 1, True,
            )
        if chance.random() < 0.2:
            yield "report", (session, chance.choice(["solved", "not_solved", "follow_up"]), "noted", user, start + length)


COLUMNS = {
    "session": "id org_id created_by title created_at ended_at transcript_size transcript_sha256 sealed_at head_seq message_count",
    "transcript": "session_id format size sha256",
    "participant": "id session_id name role state user_id was_let_in came_at joined_at",
    "event": "session_id seq id sender at visibility is_news body",
    "attachment": "id upload_id session_id sender name size state created_at media_type sha256 offered_seq offered_position visibility manifest_part listed",
    "report": "session_id outcome notes written_by written_at",
}
# As the migration of the archive takes up what was there before it.
TAKE_UP = [
    """INSERT INTO archive_entry (session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes)
       SELECT session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes FROM archive_entry_made""",
    """INSERT INTO archive_storage (org_id, kind, session_id, files, bytes)
       SELECT k.org_id, k.kind, k.session_id, count(*), sum(k.bytes) FROM attachment_kind k
       WHERE k.kind IS NOT NULL GROUP BY k.org_id, k.kind, k.session_id""",
]


def into_sqlite(path, org, user, sessions):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN")
    waiting = {table: [] for table in COLUMNS}

    def flush():
        # Sessions before what refers to them.
        for table, columns in COLUMNS.items():
            names = columns.split()
            places = ", ".join("?" * len(names))
            database.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", waiting[table])
            waiting[table].clear()

    for count, (table, row) in enumerate(rows(org, user, sessions)):
        waiting[table].append(row)
        if count % 50_000 == 49_999:
            flush()
    flush()
    for statement in TAKE_UP:
        database.execute(statement)
    database.execute("COMMIT")
    database.execute("ANALYZE")
    database.close()


def copied(value):
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case bytes():
            return rf"\\x{value.hex()}"
        case str():
            return value.replace("\\", "\\\\").replace("\t", r"\t").replace("\n", r"\n")
    return str(value)


def for_postgres(path, org, user, sessions):
    tables = {table: [] for table in COLUMNS}
    for table, row in rows(org, user, sessions):
        tables[table].append("\t".join(map(copied, row)))
    with open(path, "w") as out:
        out.write("BEGIN;\n")
        for table, columns in COLUMNS.items():
            out.write(f"COPY {table} ({', '.join(columns.split())}) FROM stdin;\n")
            out.writelines(line + "\n" for line in tables[table])
            out.write("\\.\n")
        out.writelines(statement + ";\n" for statement in TAKE_UP)
        out.write("COMMIT;\nANALYZE;\n")


def main():
    kind, path, org, user, sessions = sys.argv[1:]
    fill = {"sqlite": into_sqlite, "postgres": for_postgres}[kind]
    fill(path, bytes.fromhex(org), bytes.fromhex(user), int(sessions))


main()
