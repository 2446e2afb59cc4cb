// One of two pages: `?me=…&peer=…&bytes=…`; the one called `send` offers and sends.
const asked = new URLSearchParams(location.search);
const me = asked.get('me');
const peer = asked.get('peer');
const bytes = Number(asked.get('bytes'));

/** What every browser takes (RFC 8831 §6.6 lets them be larger, but Chromium's limit is 256 KiB). */
const MESSAGE = 64 * 1024;
/** Enough to be never idle; Chromium closes a channel that has 16 MiB waiting. */
const MOST_WAITING = 4 * 1024 * 1024;
const REFILL = 1024 * 1024;

const say = (name, letter) => fetch(`/letters/${name}`, { method: 'POST', body: JSON.stringify(letter) });

async function hear() {
  for (;;) {
    const answer = await fetch(`/letters/${me}`);
    if (answer.status === 200) return answer.json();
  }
}

function fail(error) {
  void say('bench', { failed: `${me}: ${String(error)}` });
}

/** Random bytes: the channel encrypts, nothing compresses, but nobody shall wonder. */
function block() {
  const made = new Uint8Array(MESSAGE);
  crypto.getRandomValues(made);
  return made;
}

async function send(channel) {
  const message = block();
  const number = new DataView(message.buffer);
  const refilled = () => new Promise((resolve) => channel.addEventListener('bufferedamountlow', resolve, { once: true }));
  channel.bufferedAmountLowThreshold = REFILL;
  for (let at = 0; at < bytes; at += MESSAGE) {
    number.setUint32(0, at / MESSAGE);
    channel.send(at + MESSAGE <= bytes ? message : message.subarray(0, bytes - at));
    if (channel.bufferedAmount > MOST_WAITING) await refilled();
  }
}

function receive(channel) {
  let got = 0;
  let next = 0;
  let begun = 0;
  channel.addEventListener('message', ({ data }) => {
    begun ||= performance.now();
    if (new DataView(data).getUint32(0) !== next++) fail('a message is missing or in the wrong place');
    got += data.byteLength;
    if (got >= bytes) void say('bench', { done: { bytes: got, seconds: (performance.now() - begun) / 1000 } });
  });
}

/** The channel once it is open, whoever made it. */
function opened(connection) {
  return new Promise((resolve, reject) => {
    const take = (channel) => {
      channel.binaryType = 'arraybuffer';
      if (me === 'receive') receive(channel);
      if (channel.readyState === 'open') resolve(channel);
      channel.addEventListener('open', () => resolve(channel));
      channel.addEventListener('error', ({ error }) => reject(error));
    };
    if (me === 'send') take(connection.createDataChannel('bulk'));
    else connection.addEventListener('datachannel', ({ channel }) => take(channel));
  });
}

async function run() {
  const connection = new RTCPeerConnection();
  connection.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate) void say(peer, { candidate });
  });
  const channel = opened(connection);
  let go;
  const started = new Promise((resolve) => (go = resolve));
  void listen(connection, go).catch(fail);
  if (me === 'send') {
    await connection.setLocalDescription();
    await say(peer, { description: connection.localDescription });
  }
  const open = await channel;
  await say('bench', { open: me });
  await started;
  if (me === 'send') await send(open);
}

async function listen(connection, go) {
  /** Candidates that came before the description they belong to. */
  const early = [];
  for (;;) {
    const letter = await hear();
    if (letter.go) go();
    if (letter.candidate) {
      if (connection.remoteDescription) await connection.addIceCandidate(letter.candidate);
      else early.push(letter.candidate);
    }
    if (!letter.description) continue;
    await connection.setRemoteDescription(letter.description);
    for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate);
    if (letter.description.type === 'offer') {
      await connection.setLocalDescription();
      await say(peer, { description: connection.localDescription });
    }
  }
}

run().catch(fail);
