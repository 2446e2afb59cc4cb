// A page with direct transfer as the product has it, for `cargo xtask bench transfer`: `?me=send|receive&bytes=…`.
//
// The other end is crates/direct/examples/direct-peer.rs. What is a session's elsewhere comes and goes in letters: to and from
// `desktop` as lines of its socket, to `bench` what is to be measured (bench/src/transfer/product.rs).
import { pageAlarm } from '$lib/platform/web/alarm';
import { Books } from '$lib/platform/web/direct/books';
import { coreOf } from '$lib/platform/web/direct/core';
import type { Core, LinkMachine } from '$lib/platform/web/direct/machine';
import { DirectService } from '$lib/platform/web/direct/service';
import type {
  Attachment,
  CreateDirect,
  DirectCreated,
  DirectFileItem,
  Intent,
  RecipientState,
  RosterEntry,
  Signal,
} from '$lib/proto';

/** As crates/direct/examples/direct-peer.rs has them. */
const [SENDER, RECEIVER, FILE, SESSION] = ['01', '02', '03', '09'].map((byte) => byte.repeat(16)) as [
  string,
  string,
  string,
  string,
];
const TARGET = 1;
/** Bytes of a message that can only be content. */
const CONTENT = 16 * 1024;

interface Offer {
  name: string;
  size: number;
  folder: boolean;
  files: number;
}

type Line = { offer: Offer } | { signal: Signal } | { received: string };

const asked = new URLSearchParams(location.search);
const sends = asked.get('me') === 'send';
const [me, peer] = sends ? [SENDER, RECEIVER] : [RECEIVER, SENDER];
/** Bytes of the file. */
let size = Number(asked.get('bytes'));
/** When the first content came, in milliseconds of the page's clock. */
let begun = 0;

const put = (name: string, letter: unknown) =>
  fetch(`/letters/${name}`, { method: 'POST', body: JSON.stringify(letter) });
const tellBench = (letter: unknown) => put('bench', letter);

/** One after the other, as the session's socket keeps their order. */
let told: Promise<unknown> = Promise.resolve();
const tell = (line: Line) => (told = told.then(() => put('desktop', line)));

async function hear(): Promise<Line> {
  for (;;) {
    const answer = await fetch('/letters/page');
    if (answer.status === 200) return (await answer.json()) as Line;
  }
}

async function run(): Promise<void> {
  const module = await import('$lib/wasm/deskside_web.js');
  await module.default();
  const service: DirectService = new DirectService({
    session: SESSION,
    core: watched(coreOf(module)),
    books: await Books.open(),
    alarm: pageAlarm,
    turn: Promise.resolve(),
    intent: (intent) => carryOut(intent, service),
  });
  await service.ready();
  service.roster([entry(SENDER), entry(RECEIVER)]);
  await tellBench({ open: sends ? 'send' : 'receive' });
  if (sends) await offer(service, size);
  for (;;) await take(service, await hear());
}

/** The portal's part of an offer, and the offer. */
async function offer(service: DirectService, bytes: number): Promise<void> {
  const file = new File(blocks(bytes), 'file.bin');
  const attachment = await service.send({ handle: file, name: file.name, size: file.size }).done;
  if (attachment !== FILE) throw new Error('the page knows its file by another name');
  const made: Offer = { name: file.name, size: file.size, folder: false, files: 1 };
  await tell({ offer: made });
  service.files([item(made, 'accepted')]);
  begun = performance.now();
}

async function take(service: DirectService, line: Line): Promise<void> {
  if ('signal' in line) return service.signal(peer, line.signal);
  if ('offer' in line) {
    size = line.offer.size;
    if (!(await service.place(attachmentOf(line.offer)))) throw new Error('there is no place for it');
    return service.files([item(line.offer, 'accepted')]);
  }
  await done();
}

async function done(): Promise<void> {
  await tellBench({ done: { bytes: size, seconds: (performance.now() - begun) / 1000 } });
}

/** What a session does with what is asked of it. */
async function carryOut(intent: Intent, service: DirectService): Promise<void> {
  if (intent.type === 'signal') await tell({ signal: intent.signal });
  if (intent.type !== 'confirm' || intent.blake3 === undefined) return;
  await done();
  await tell({ received: intent.blake3 });
  service.files([]);
}

/** The engine, told on when it gets its first content. */
function watched(core: Core): Core {
  const watch = (link: LinkMachine): LinkMachine => ({
    handle: (input, now, carried) => {
      if (!sends && carried && carried.byteLength > CONTENT) begun ||= performance.now();
      link.handle(input, now, carried);
    },
    poll: () => link.poll(),
    carried: () => link.carried(),
    next_deadline: () => link.next_deadline(),
    views: () => link.views(),
    manifest: (attachment) => link.manifest(attachment),
    free: () => link.free(),
  });
  return {
    link: (...args) => watch(core.link(...args)),
    meeting: (...args) => core.meeting(...args),
    noise: (...args) => core.noise(...args),
    noisePublic: (secret) => core.noisePublic(secret),
  };
}

/** Random bytes in memory. */
function blocks(bytes: number): Uint8Array<ArrayBuffer>[] {
  // Browsers give no more at once (Web Cryptography §10.1.1).
  const most = 65_536;
  const count = Math.ceil(bytes / most);
  return Array.from({ length: count }, (_, index) =>
    crypto.getRandomValues(new Uint8Array(Math.min(most, bytes - index * most))),
  );
}

function entry(id: string): RosterEntry {
  const role = id === SENDER ? 'technician' : 'customer';
  const participant = { id, name: role, role, state: 'admitted' } as const;
  return { participant, online: true, typing: false, own: id === me };
}

function attachmentOf({ name, size, folder, files }: Offer): Attachment {
  const kind = folder ? 'folder' : 'file';
  return {
    id: FILE,
    name,
    size,
    media_type: 'application/octet-stream',
    sha256: '',
    direct: { kind, files },
  };
}

function item(offered: Offer, state: RecipientState): DirectFileItem {
  const recipients = sends ? [{ id: peer, name: 'customer', state }] : [];
  const file = { ...attachmentOf(offered), recipients, ...(sends ? {} : { yours: state }) };
  return { target: TARGET, sender: SENDER, own: sends, file };
}

/** The portal's answers: it knows of the file, and of no servers. */
function portal(): void {
  const { fetch: beyond } = globalThis;
  const json = (value: unknown) =>
    new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json' } });
  globalThis.fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const { pathname } = new URL(url, location.href);
    if (pathname.endsWith('/ice')) return Promise.resolve(json({ servers: [], relay: false }));
    if (!pathname.endsWith('/direct')) return beyond(input, init);
    const { kind, ...offered } = JSON.parse(String(init?.body)) as CreateDirect;
    const attachment = attachmentOf({ ...offered, folder: kind === 'folder' });
    return Promise.resolve(json({ attachment } satisfies DirectCreated));
  };
}

portal();
run().catch((error: unknown) => tellBench({ failed: String(error) }));
