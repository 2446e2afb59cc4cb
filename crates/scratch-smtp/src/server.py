# aiosmtpd on free ports of the loopback, for whoever holds the other end of standard input.
# Arguments: folder for mails, certificate, key, user, password. Standard output: the ports (STARTTLS, TLS, plain). It ends with
# standard input. The encrypted ones ask for user and password; each mail is kept as a file of JSON.
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys
from itertools import count

from aiosmtpd.smtp import SMTP, AuthResult

folder, certificate, key, user, password = sys.argv[1:]
numbers = count(1)
turned_away = {}


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.endswith("@refused.example"):
            return "550 nobody here"
        # As servers do that let strangers wait.
        if address.endswith("@later.example") and turned_away.setdefault(address, 0) < 2:
            turned_away[address] += 1
            return "451 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: (found := message.get_body((kind,))) and found.get_content() or ""
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": session.ssl is not None,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": part("plain"),
            "html": part("html"),
        }
        path = os.path.join(folder, f"{next(numbers):06}.json")
        with open(path + ".part", "w") as file:
            json.dump(mail, file)
        os.rename(path + ".part", path)
        return "250 kept"


def is_right(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login.decode() == user and data.password.decode() == password)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked = {"authenticator": is_right, "auth_required": True}
    loop = asyncio.get_running_loop()
    makers = [
        (lambda: SMTP(Keep(), tls_context=context, require_starttls=True, **asked), None),
        (lambda: SMTP(Keep(), auth_require_tls=False, **asked), context),
        (lambda: SMTP(Keep()), None),
    ]
    servers = [await loop.create_server(make, "127.0.0.1", 0, ssl=tls) for make, tls in makers]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
