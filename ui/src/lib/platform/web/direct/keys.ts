// What this browser proves itself with to the other side: one certificate and one X25519 key for a participant and session, kept
// so that a reload is the same party. The certificate's own key never leaves the browser.
import type { ParticipantId, PeerIdentity, SessionId } from '$lib/proto';
import type { Books, KeyRow } from './books';
import { type Core, random } from './machine';
import { digestOf, fingerprints } from './sdp';

/** Milliseconds that a certificate is made for; browsers allow a year. */
const LIFE = 90 * 24 * 60 * 60_000;
/** Milliseconds that a kept one must have left. */
const LEFT = 24 * 60 * 60_000;

export interface Keys {
  certificate: RTCCertificate;
  secret: Uint8Array<ArrayBuffer>;
  identity: PeerIdentity;
}

export async function keysOf(
  books: Books,
  core: Core,
  session: SessionId,
  participant: ParticipantId,
): Promise<Keys> {
  const isFresh = ({ certificate }: KeyRow) => certificate.expires > Date.now() + LEFT;
  const { certificate, secret } = await books.keys(session, participant, isFresh, async () => ({
    session,
    participant,
    certificate: await newCertificate(),
    secret: random(32),
  }));
  const identity = { certificate: await digestOfCertificate(certificate), noise: core.noisePublic(secret) };
  return { certificate, secret, identity };
}

function newCertificate(): Promise<RTCCertificate> {
  const algorithm: EcKeyGenParams & { expires: number } = {
    name: 'ECDSA',
    namedCurve: 'P-256',
    expires: LIFE,
  };
  return RTCPeerConnection.generateCertificate(algorithm);
}

/** SHA-256 of the certificate in hex. Where the browser does not say it outright, an offer does. */
async function digestOfCertificate(certificate: RTCCertificate): Promise<string> {
  const said = certificate.getFingerprints?.() ?? [];
  const own = said.find(({ algorithm }) => algorithm?.toLowerCase() === 'sha-256')?.value;
  const digest = digestOf(own ?? '') ?? (await digestOfOffer(certificate));
  if (!digest) throw new Error('the browser does not say what its certificate is');
  return digest;
}

async function digestOfOffer(certificate: RTCCertificate): Promise<string | null> {
  const connection = new RTCPeerConnection({ certificates: [certificate] });
  try {
    connection.createDataChannel('');
    const { sdp = '' } = await connection.createOffer();
    return fingerprints(sdp)[0] ?? null;
  } finally {
    connection.close();
  }
}
