// The portal's operations, as a program with a token asks for them.
import type {
  CreatedSession,
  FilesSession,
  JoinResponse,
  Me,
  OrgSettings,
  SignInResponse,
  UploadCreated,
} from '../../src/lib/proto';

/** Milliseconds for a session that has ended to be written down. */
const SEALED_WITHIN = 30_000;

export class Api {
  constructor(
    readonly url: string,
    readonly token: string | null = null,
  ) {}

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  get headers(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  async setUp(
    form: Record<'token' | 'org_name' | 'name' | 'email' | 'password', string>,
  ): Promise<[Api, Me]> {
    return this.#entered('/set-up', form);
  }

  async signIn(email: string, password: string): Promise<[Api, Me]> {
    return this.#entered('/auth/sign-in', { email, password });
  }

  async #entered(path: string, form: object): Promise<[Api, Me]> {
    const { me, token } = await this.ask<SignInResponse>('POST', path, { ...form, client: 'desktop' });
    return [new Api(this.url, token ?? null), me];
  }

  /** Comes into a session as a customer, by its link. */
  async join(link: string, name: string): Promise<[Api, JoinResponse]> {
    const secret = link.slice(link.lastIndexOf('/') + 1);
    const joined = await this.ask<JoinResponse>('POST', '/join', { secret, name, client: 'desktop' });
    return [new Api(this.url, joined.token ?? null), joined];
  }

  createSession(org: string, title: string): Promise<CreatedSession> {
    return this.ask('POST', `/orgs/${org}/sessions`, { title });
  }

  settings(org: string): Promise<OrgSettings> {
    return this.ask('GET', `/orgs/${org}/settings`);
  }

  /** Uploads `bytes`; answers what a message names. */
  async upload(session: string, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const made = await fetch(`${this.url}/api/v1/sessions/${session}/uploads`, {
      method: 'POST',
      headers: {
        ...this.headers,
        'tus-resumable': '1.0.0',
        'upload-length': String(bytes.byteLength),
        'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
      },
    });
    if (!made.ok) throw new Error(`${name}: ${made.status} ${await made.text()}`);
    const { upload_id, attachment_id } = (await made.json()) as UploadCreated;
    const put = await fetch(`${this.url}/api/v1/uploads/${upload_id}`, {
      method: 'PATCH',
      headers: {
        ...this.headers,
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      },
      body: bytes,
    });
    if (!put.ok) throw new Error(`${name}: ${put.status} ${await put.text()}`);
    return attachment_id;
  }

  /** Ends a session and waits until it is sealed. */
  async endSession(org: string, session: string): Promise<FilesSession> {
    await this.ask('POST', `/sessions/${session}/end`);
    for (const until = Date.now() + SEALED_WITHIN; Date.now() < until;) {
      const found = await this.ask<FilesSession>('GET', `/orgs/${org}/files/${session}`).catch(() => null);
      if (found?.entry.transcript) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${session} was not sealed`);
  }
}
