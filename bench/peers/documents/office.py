#!/usr/bin/python3
"""LibreOffice: `warm PATH` a line asks one process over its API, as conversion services do; `cold PATH` starts one for the document.
`ms<TAB>ok` or `ms<TAB>failed` out. Needs Debian's python3-uno.

LibreOffice is several processes, in a session of their own, so that one that hangs can be ended whole. They end when a document takes
too long, and when nobody writes lines any more: whoever asks may be killed, its end of the pipe closes all the same."""
import os, queue, shutil, signal, subprocess, sys, tempfile, threading, time
import uno
from com.sun.star.beans import PropertyValue

WITHIN = 20
work = tempfile.mkdtemp(prefix="deskside-bench-office-")
running = set()
lines = queue.Queue()


def spawn(profile, *arguments):
    command = ["soffice", "--headless", "--invisible", "--norestore", "--nologo", "--nolockcheck",
               f"-env:UserInstallation=file://{work}/{profile}", *arguments]
    office = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              start_new_session=True)
    running.add(office)
    return office


def end(office):
    running.discard(office)
    try:
        os.killpg(office.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    office.wait()


def end_all(*_):
    for office in list(running):
        end(office)
    shutil.rmtree(work, ignore_errors=True)
    os._exit(0)


def listen():
    for line in sys.stdin:
        lines.put(line.rstrip("\n"))
    end_all()


class Warm:
    def __init__(self):
        self.office = spawn("warm", f"--accept=pipe,name=deskside-bench-{os.getpid()};urp;")
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        address = f"uno:pipe,name=deskside-bench-{os.getpid()};urp;StarOffice.ComponentContext"
        for _ in range(300):
            try:
                context = resolver.resolve(address)
                self.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
                return
            except Exception:
                time.sleep(0.2)
        raise SystemExit("soffice does not start")

    def convert(self, path):
        document = self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, (
            option("Hidden", True), option("ReadOnly", True), option("MacroExecutionMode", 0), option("UpdateDocMode", 0)))
        if document is None:
            return False
        try:
            kinds = (("text.GenericTextDocument", "writer"), ("sheet.SpreadsheetDocument", "calc"),
                     ("presentation.PresentationDocument", "impress"))
            kind = next((k for s, k in kinds if document.supportsService("com.sun.star." + s)), "draw")
            document.storeToURL(f"file://{work}/out.pdf", (option("FilterName", kind + "_pdf_Export"),))
            return True
        finally:
            document.close(True)


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def warm(path):
    # A call over the API cannot be broken off, but who answers it can be ended.
    watch = threading.Timer(WITHIN, end, [standing.office])
    watch.start()
    try:
        return standing.convert(path)
    except Exception:
        return False
    finally:
        watch.cancel()


def cold(path):
    office = spawn("cold", "--convert-to", "pdf", "--outdir", work, path)
    try:
        return office.wait(WITHIN) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        end(office)


signal.signal(signal.SIGTERM, end_all)
signal.signal(signal.SIGINT, end_all)
threading.Thread(target=listen, daemon=True).start()
standing = Warm()
print("ready", flush=True)
while True:
    how, path = lines.get().split(" ", 1)
    began = time.perf_counter()
    done = (cold if how == "cold" else warm)(path)
    ms = (time.perf_counter() - began) * 1000
    if standing.office.poll() is not None:
        end(standing.office)
        standing = Warm()
    print(f"{ms:.3f}\t{'ok' if done else 'failed'}", flush=True)
