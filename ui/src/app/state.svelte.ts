import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { CaptureInbox } from '$lib/captures/inbox.svelte';
import { codeOf } from '$lib/util/errors';
import type { CallParams, Operation, Platform } from '$lib/platform';
import { OpenRooms } from '$lib/session/openRooms.svelte';
import type { CreatedSession, JoinInfo, Me, Membership, SessionId } from '$lib/proto';

const ORG_KEY = 'deskside.org';

/** Who is signed in, where, and what only this window knows. */
export class AppState {
  /** `undefined` until asked. */
  me = $state.raw<Me | null | undefined>(undefined);
  /** A sign-in that held on this page has been ended: on another device, by an admin, or because it was over. */
  signedOutHere = $state(false);
  /** Why nobody could be asked who is signed in. */
  meError = $state.raw<unknown>(null);
  orgId = $state<string | null>(stored());
  /** A link that came from outside (deep link) or from the sign-in page; the join page takes it. */
  pendingLink = $state<string | null>(null);
  /** Codes and links are told once, when made: the portal keeps hashes only. They live as long as this window. */
  readonly joins = new SvelteMap<SessionId, JoinInfo>();

  /** What the folder of the person's own capture tool brings. */
  readonly captures: CaptureInbox;

  /** Rooms that live on while their files are on their way. */
  readonly rooms = new OpenRooms();

  constructor(readonly platform: Platform) {
    this.captures = new CaptureInbox(platform);
  }

  readonly membership = $derived<Membership | null>(
    this.me?.memberships.find(({ org_id }) => org_id === this.orgId) ?? this.me?.memberships[0] ?? null,
  );
  readonly manages = $derived(this.membership?.role === 'admin' || this.membership?.role === 'super_admin');

  async loadMe(): Promise<void> {
    this.meError = null;
    try {
      if (this.platform.capabilities.choosePortal && (await this.platform.portal.current()) === null) {
        this.me = null;
        return;
      }
      this.me = await this.platform.call<Me>('get_me');
    } catch (error) {
      if (codeOf(error) === 'not_signed_in') this.me = null;
      else this.meError = error;
    }
  }

  /** Asks again who is signed in: a sign-in that was ended, or another role, shows without a click. */
  async checkMe(): Promise<void> {
    if (!this.me) return;
    try {
      const me = await this.call<Me>('get_me');
      if (this.me) this.me = me;
    } catch {
      // Whoever needs the portal next is told.
    }
  }

  /** As the platform's; a sign-in that has run out leads back to the sign-in page. */
  async call<T>(operation: Operation, params?: CallParams): Promise<T> {
    try {
      return await this.platform.call<T>(operation, params);
    } catch (error) {
      if (codeOf(error) === 'not_signed_in') this.wasSignedOut();
      throw error;
    }
  }

  /** The portal knows the sign-in no longer: the sign-in page says so. What was typed and not sent stays where it is. */
  wasSignedOut(): void {
    this.signedOutHere ||= this.me !== null;
    this.me = null;
  }

  signedIn(me: Me): void {
    this.meError = null;
    this.signedOutHere = false;
    this.me = me;
  }

  async signOut(): Promise<void> {
    this.captures.stop();
    this.rooms.closeAll();
    await this.platform.portal.signOut();
    this.joins.clear();
    this.signedOutHere = false;
    this.me = null;
  }

  chooseOrg(id: string): void {
    this.orgId = id;
    try {
      localStorage.setItem(ORG_KEY, id);
    } catch {
      // Storage can be refused: the choice then lasts as long as the page.
    }
  }

  /** A new session in the organisation in use; its code and link are kept for the room. */
  async newSession(title = ''): Promise<SessionId> {
    const org = this.membership?.org_id ?? '';
    const created = await this.call<CreatedSession>('create_session', {
      path: { org },
      body: { title },
    });
    this.joins.set(created.session.id, created.join);
    return created.session.id;
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(ORG_KEY);
  } catch {
    return null;
  }
}

export const [getApp, setApp] = createContext<AppState>();
