// What the page of people shows and does; its parts share it.
import { createContext } from 'svelte';
import { announce } from '$app/announce.svelte';
import type { AppState } from '$app/state.svelte';
import { t } from '$lib/i18n';
import type { Invitation, PeopleList, Person, PersonChange, SecretLink } from '$lib/proto';
import { Loadable } from '$lib/util/load.svelte';
import { mayChange } from './roles';

/** What is asked before it happens. */
export type Question =
  | { what: 'role' | 'deactivate' | 'reactivate' | 'reset'; person: Person }
  | { what: 'withdraw'; invitation: Invitation };

export class PeopleDesk {
  readonly list: Loadable<PeopleList>;
  question = $state.raw<Question | null>(null);

  constructor(
    readonly app: AppState,
    readonly org: string,
  ) {
    this.list = new Loadable(() => app.call<PeopleList>('list_people', { path: { org } }));
  }

  isMe = ({ user }: Person): boolean => user.id === this.app.me?.user.id;

  mayChange(person: Person): boolean {
    const { me, membership } = this.app;
    return me && membership ? mayChange(membership.role, me.user.id, person) : false;
  }

  async change(person: Person, body: PersonChange, said: string): Promise<void> {
    const path = { org: this.org, user: person.user.id };
    await this.app.call<Person>('change_person', { path, body });
    announce(said);
    await this.list.refresh();
  }

  resetLink({ user }: Person): Promise<SecretLink> {
    return this.app.call<SecretLink>('make_password_reset', { path: { org: this.org, user: user.id } });
  }

  async withdraw({ id, email }: Invitation): Promise<void> {
    await this.app.call('withdraw_invitation', { path: { org: this.org, invitation: id } });
    announce(t('people.withdrawn', { email }));
    await this.list.refresh();
  }
}

export const [getPeople, setPeople] = createContext<PeopleDesk>();
