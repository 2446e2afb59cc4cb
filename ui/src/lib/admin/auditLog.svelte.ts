// The audit log as it is read: page after page, newest first, under a filter.
import type { AppState } from '$app/state.svelte';
import type { AuditItem, AuditPage } from '$lib/proto';
import { type AuditFilter, auditQuery } from './audit';

const PAGE = 50;

export class AuditLog {
  /** `null` until the first page is there. */
  items = $state.raw<AuditItem[] | null>(null);
  more = $state(false);
  busy = $state(false);
  error = $state.raw<unknown>(null);
  #filter: AuditFilter;
  /** An answer to an earlier filter is not shown under a later one. */
  #round = 0;

  constructor(
    readonly app: AppState,
    readonly org: string,
    filter: AuditFilter,
  ) {
    this.#filter = filter;
  }

  async show(filter: AuditFilter): Promise<void> {
    this.#filter = filter;
    this.#round += 1;
    this.busy = false;
    this.more = false;
    await this.#load([]);
  }

  /** The next older page. */
  async older(): Promise<void> {
    if (this.busy) return;
    await this.#load(this.items ?? []);
  }

  async #load(before: readonly AuditItem[]): Promise<void> {
    const round = this.#round;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.app.call<AuditPage>('list_audit', {
        path: { org: this.org },
        query: { ...auditQuery(this.#filter), before: before.at(-1)?.place, limit: PAGE },
      });
      if (round !== this.#round) return;
      this.items = [...before, ...page.items];
      this.more = page.more;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) this.busy = false;
    }
  }
}
