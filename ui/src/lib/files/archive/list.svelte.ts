// The list of Files: what is asked for, what was found, what is chosen.
import { SvelteMap } from 'svelte/reactivity';
import { router } from '$app/router.svelte';
import type { AppState } from '$app/state.svelte';
import { t } from '$lib/i18n';
import { plainName } from '$lib/i18n/list';
import type { FilesEntry, FilesHit, FilesPage, FilesSearchPage, PeopleList, Person } from '$lib/proto';
import { Paged } from './paged.svelte';
import { callQuery, type FilesQuery, parseQuery, queryText } from './query';

/** Milliseconds without a key after which what was typed is looked for. */
const PAUSE = 200;
const PAGE = 50;
/** Sessions that the portal puts into one zip. */
export const SELECT_MAX = 100;

export class FilesList {
  query = $state.raw<FilesQuery>(parseQuery(location.search));
  readonly sessions = new Paged<FilesEntry>();
  readonly hits = new Paged<FilesHit>();
  /** Something is not in the index yet. */
  waiting = $state(false);
  /** What the answers are about. */
  answered = $state.raw<FilesQuery | null>(null);
  readonly selected = new SvelteMap<string, FilesEntry>();
  #people = $state.raw<readonly Person[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly app: AppState,
    readonly org: string,
  ) {}

  /** Colleagues, for those who may see who they are; oneself for everybody. */
  readonly technicians = $derived.by(() => {
    const me = this.app.me?.user;
    const others = this.#people.filter(({ user }) => user.id !== me?.id);
    return [
      ...(me ? [{ value: me.id, text: t('files.technician.me') }] : []),
      ...others.map(({ user }) => ({ value: user.id, text: plainName(user.name) })),
    ];
  });

  get slow(): boolean {
    return this.sessions.slow || this.hits.slow;
  }

  /** What the answers are about has words in it. */
  get searching(): boolean {
    return (this.answered?.q.trim() ?? '') !== '';
  }

  typed(q: string): void {
    this.query = { ...this.query, q };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#asked(true), PAUSE);
  }

  change(more: Partial<FilesQuery>): void {
    clearTimeout(this.#timer);
    this.query = { ...this.query, ...more };
    this.#asked(false);
  }

  /** Back or forward: the address says what is shown. */
  follow(search: string): void {
    if (search === queryText(this.query)) return;
    clearTimeout(this.#timer);
    this.query = parseQuery(search);
    void this.load();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async load(): Promise<void> {
    const { query, app, org } = this;
    const asked = callQuery(query, Date.now());
    const sessions = this.sessions.start(async (after) => {
      const page = await app.call<FilesPage>('list_files', {
        path: { org },
        query: { ...asked, after, limit: PAGE },
      });
      if (after === undefined) this.answered = query;
      return { items: page.entries, next: page.next };
    });
    await Promise.all([sessions, this.#search(asked['q'])]);
  }

  async loadTechnicians(): Promise<void> {
    if (!this.app.manages) return;
    const path = { org: this.org };
    // Without them the list is what it is; only one filter has fewer answers.
    const found = await this.app.call<PeopleList>('list_people', { path }).catch(() => null);
    this.#people = found?.people ?? [];
  }

  select(entry: FilesEntry, selected: boolean): void {
    if (!selected) this.selected.delete(entry.session_id);
    else if (this.selected.size < SELECT_MAX) this.selected.set(entry.session_id, entry);
  }

  async #search(q: string | number | undefined): Promise<void> {
    const { app, org } = this;
    if (q === undefined) {
      this.waiting = false;
      return this.hits.clear();
    }
    await this.hits.start(async (after) => {
      const page = await app.call<FilesSearchPage>('search_files', { path: { org }, query: { q, after } });
      this.waiting = page.waiting;
      return { items: page.hits, next: page.next };
    });
  }

  /** While one types, the address changes in place: each letter is no step back. */
  #asked(replace: boolean): void {
    router.setSearch(queryText(this.query), { replace });
    void this.load();
  }
}
