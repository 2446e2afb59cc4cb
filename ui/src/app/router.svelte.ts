// A small history router: the portal answers index.html for each of these paths, the desktop's window does too.

export type Route =
  | { page: 'home' }
  | { page: 'setUp'; token: string }
  | { page: 'join'; secret: string | null }
  | { page: 'room'; session: string; seq?: number }
  | { page: 'files' }
  | { page: 'filesOverview' }
  | { page: 'filesSession'; session: string; seq?: number }
  | { page: 'settings' }
  | { page: 'policies' }
  | { page: 'admin'; tab: AdminTab; person?: string; session?: string; bot?: string }
  | { page: 'invite'; token: string }
  | { page: 'forgotPassword' }
  | { page: 'resetPassword'; token: string }
  | { page: 'notFound' };

export const ADMIN_TABS = ['people', 'devices', 'policies', 'bots', 'audit'] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];

const ID = /^[0-9a-f]{32}$/;
/** A message's place, as *Copy link to message* writes it. */
const MESSAGE = /^#m([1-9]\d{0,15})$/;

export function parseRoute(path: string, hash = ''): Route {
  const [first, second, third, ...rest] = path.split('/').filter((part) => part !== '');
  if (first === 'admin' && rest.length === 0) return adminRoute(second, third, hash);
  if (third !== undefined) return { page: 'notFound' };
  if (first === undefined || (first === 'index.html' && second === undefined)) return { page: 'home' };
  switch (first) {
    case 'join':
      return { page: 'join', secret: second ?? null };
    case 's':
      return second && ID.test(second)
        ? { page: 'room', session: second, ...messageOf(hash) }
        : { page: 'notFound' };
    case 'files':
      if (second === undefined) return { page: 'files' };
      if (second === 'overview') return { page: 'filesOverview' };
      return ID.test(second)
        ? { page: 'filesSession', session: second, ...messageOf(hash) }
        : { page: 'notFound' };
    case 'settings':
      if (second === 'policies') return { page: 'policies' };
      return second === undefined ? { page: 'settings' } : { page: 'notFound' };
    case 'set-up':
      return second === undefined ? { page: 'setUp', token: tokenIn(hash) } : { page: 'notFound' };
    case 'invite':
      return second === undefined ? { page: 'invite', token: tokenIn(hash) } : { page: 'notFound' };
    case 'forgot-password':
      return second === undefined ? { page: 'forgotPassword' } : { page: 'notFound' };
    case 'reset-password':
      return second === undefined ? { page: 'resetPassword', token: tokenIn(hash) } : { page: 'notFound' };
    default:
      return { page: 'notFound' };
  }
}

const tokenIn = (hash: string) => hash.replace(/^#/, '');

/** Devices and audit log of one person: `/admin/devices/ID`; a bot: `/admin/bots/ID`; the audit log of one session: `/admin/audit#ID`. */
function adminRoute(second = 'people', id?: string, hash = ''): Route {
  const tab = ADMIN_TABS.find((known) => known === second);
  if (tab === undefined) return { page: 'notFound' };
  const session = tokenIn(hash);
  if (id === undefined)
    return tab === 'audit' && ID.test(session) ? { page: 'admin', tab, session } : { page: 'admin', tab };
  if (!ID.test(id)) return { page: 'notFound' };
  if (tab === 'bots') return { page: 'admin', tab, bot: id };
  return tab === 'devices' || tab === 'audit' ? { page: 'admin', tab, person: id } : { page: 'notFound' };
}

function messageOf(hash: string): { seq?: number } {
  const [, seq] = MESSAGE.exec(hash) ?? [];
  return seq === undefined ? {} : { seq: Number(seq) };
}

export class Router {
  route = $state.raw<Route>(parseRoute(location.pathname, location.hash));
  path = $state(location.pathname);
  /** `?…`, or ''. */
  search = $state(location.search);
  /** Pages take the focus after a move, not on the first load. */
  moved = $state(false);

  navigate(to: string, options: { replace?: boolean } = {}): void {
    history[options.replace ? 'replaceState' : 'pushState']({}, '', to);
    this.#follow();
  }

  /** The same page with another query, which its address tells from now on. */
  setSearch(search: string, options: { replace: boolean }): void {
    if (search === this.search) return;
    history[options.replace ? 'replaceState' : 'pushState']({}, '', `${location.pathname}${search}`);
    this.search = search;
  }

  /** Takes a token out of the address bar, and out of the history, once its page has it. */
  forgetHash(): void {
    history.replaceState(history.state, '', location.pathname);
  }

  /** Listens to the history and to plain links of this site; answers the function that stops it. */
  listen(): () => void {
    const follow = () => this.#follow();
    const click = (event: MouseEvent) => this.#click(event);
    addEventListener('popstate', follow);
    document.addEventListener('click', click);
    return () => {
      removeEventListener('popstate', follow);
      document.removeEventListener('click', click);
    };
  }

  #follow(): void {
    this.route = parseRoute(location.pathname, location.hash);
    this.path = location.pathname;
    this.search = location.search;
    this.moved = true;
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    const href = link?.getAttribute('href');
    if (!link || !href?.startsWith('/') || href.startsWith('//') || link.hasAttribute('download')) return;
    if (link.target !== '') return;
    event.preventDefault();
    this.navigate(href);
  }
}

export const router = new Router();
