#!/usr/bin/python3
"""LibreOffice, warm: one process, asked over its API as conversion services do. A path a line in; `ms<TAB>ok` or `ms<TAB>failed` out.

Needs Debian's python3-uno. A document that takes longer than 45 s ends the process; the next one gets another."""
import os, shutil, signal, socket, subprocess, sys, tempfile, time
import uno
from com.sun.star.beans import PropertyValue

work = tempfile.mkdtemp(prefix="deskside-bench-office-")
office = None


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start():
    global office
    port = free_port()
    office = subprocess.Popen(
        ["soffice", "--headless", "--invisible", "--norestore", "--nologo", "--nolockcheck",
         f"-env:UserInstallation=file://{work}/profile", f"--accept=socket,host=127.0.0.1,port={port};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            context = resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:
            time.sleep(0.2)
    raise SystemExit("soffice does not start")


def stop(*_):
    try:
        os.killpg(office.pid, signal.SIGKILL)
        office.wait()
    except ProcessLookupError:
        pass


def convert(desktop, path):
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, (
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


signal.signal(signal.SIGALRM, stop)
try:
    desktop = start()
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        signal.alarm(45)
        try:
            done = convert(desktop, line.rstrip("\n"))
        except Exception:
            done = False
        signal.alarm(0)
        ms = (time.perf_counter() - began) * 1000
        if office.poll() is not None:
            desktop = start()
        print(f"{ms:.3f}\t{'ok' if done else 'failed'}", flush=True)
finally:
    stop()
    shutil.rmtree(work, ignore_errors=True)
