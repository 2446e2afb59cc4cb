// A bot's page: its draft with undo, what is selected in it, what is wrong with it; its parts share it.
import { createContext } from 'svelte';
import { announce } from '$app/announce.svelte';
import type { AppState } from '$app/state.svelte';
import { t } from '$lib/i18n';
import type {
  BotDetail,
  BotInput,
  BotSecretCreated,
  BotView,
  DraftSaved,
  Flow,
  FlowProblem,
  FlowStep,
  SecretId,
  SendAttachment,
  Tried,
} from '$lib/proto';
import { codeOf } from '$lib/util/errors';
import { changed, type History, historyOf, redone, undone } from './history';
import { Keeper, stashed } from './keeping.svelte';
import { Rehearsal } from './rehearsal.svelte';
import {
  duplicateStep,
  freeId,
  indexOf,
  insertStep,
  moveStep,
  newStep,
  removeStep,
  replaceStep,
  sameFlow,
  type StepType,
} from './steps';
import { CUSTOMER, knownVariables } from './variables';
import { placedName, problemText, stepName, typeName } from './words';

/** The pages of an action's editor. */
export type ActionTab = 'details' | 'settings';

export class Builder {
  bot: BotView = $state.raw({} as BotView);
  versions: BotDetail['versions'] = $state.raw([]);
  problems: readonly FlowProblem[] = $state.raw([]);
  #history: History<Flow> = $state.raw(historyOf<Flow>({ format: 1, steps: [] }));
  /** The step whose editor is open. */
  selected = $state<string | null>(null);
  tab = $state<ActionTab>('details');
  testing = $state(false);
  /** Where editor and test share one column: the test is in front. */
  onTest = $state(false);
  /** Something that was done and can be undone right where it is told. */
  done = $state('');
  /** A new step in which nothing was written yet: that it is empty is no news. */
  #fresh = $state<string | null>(null);
  /** Authorizations that were entered here. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  #secrets = new Set<SecretId>();
  readonly keeper: Keeper;
  readonly rehearsal: Rehearsal;
  readonly #path: { org: string; bot: string };

  constructor(
    readonly app: AppState,
    readonly org: string,
    detail: BotDetail,
  ) {
    this.#path = { org, bot: detail.bot.id };
    this.#show(detail);
    this.#history = historyOf(detail.draft);
    this.keeper = new Keeper(
      detail.bot.id,
      detail.revision,
      (body) => app.call<DraftSaved>('save_bot_draft', { path: this.#path, body }),
      ({ problems }) => (this.problems = problems),
    );
    this.rehearsal = new Rehearsal(app, this.#path, () => this.flow);
    this.#restore(detail);
  }

  readonly flow = $derived(this.#history.present);
  readonly step = $derived(this.flow.steps.find(({ id }) => id === this.selected) ?? null);
  readonly canUndo = $derived(this.#history.past.length > 0);
  readonly canRedo = $derived(this.#history.future.length > 0);
  readonly known = $derived(knownVariables(this.flow));
  /** Where the test stands. */
  get here(): string | null {
    return this.testing ? (this.rehearsal.step ?? null) : null;
  }

  #show({ bot, problems, versions }: BotDetail): void {
    this.bot = bot;
    this.problems = problems;
    this.versions = versions;
  }

  /** What an earlier page of this tab could not save any more. */
  #restore({ revision, draft }: BotDetail): void {
    const left = stashed(this.bot.id);
    if (!left || sameFlow(left.flow, draft)) return;
    this.keeper.revision = left.revision;
    this.change(left.flow);
    if (left.revision !== revision) this.keeper.conflict();
  }

  // ---- the draft

  /** `field`: what is typed into, so that one undo takes back one go of typing. */
  change(flow: Flow, field?: string): void {
    const history = changed(this.#history, flow, Date.now(), field);
    if (history === this.#history) return;
    this.#history = history;
    this.#took();
  }

  #took(): void {
    this.bot = { ...this.bot, is_changed: true, steps: this.flow.steps.length };
    if (!this.step) this.selected = null;
    this.keeper.take(this.flow);
  }

  edit(step: FlowStep, field: string): void {
    if (this.#fresh === step.id) this.#fresh = null;
    this.done = '';
    this.change(replaceStep(this.flow, step), `${step.id}.${field}`);
  }

  undo(): void {
    this.#turn(undone(this.#history), t('builder.undone'));
  }

  redo(): void {
    this.#turn(redone(this.#history), t('builder.redone'));
  }

  #turn(history: History<Flow> | null, said: string): void {
    if (!history) return;
    this.#history = history;
    this.done = '';
    this.#took();
    announce(said);
  }

  // ---- steps

  /** The new step's id, which is selected. */
  add(type: StepType, index: number): string {
    const id = freeId(this.flow, type);
    const flow = insertStep(this.flow, index, newStep(id, type));
    const variable = this.#lastKnown(flow, index);
    this.change(type === 'condition' ? replaceStep(flow, newStep(id, type, variable)) : flow);
    this.select(id);
    this.#fresh = id;
    this.done = '';
    announce(t('builder.added', { name: typeName(type), place: index + 1 }));
    return id;
  }

  /** What a condition there most likely asks about. */
  #lastKnown(flow: Flow, index: number): string {
    const known = knownVariables(flow)[index] ?? [];
    return known.findLast((name) => name !== CUSTOMER) ?? '';
  }

  remove(step: FlowStep): void {
    this.change(removeStep(this.flow, step.id));
    this.done = t('builder.removed', { name: stepName(step) });
    announce(this.done);
  }

  duplicate(step: FlowStep): string | null {
    const copied = duplicateStep(this.flow, step.id);
    if (!copied) return null;
    this.change(copied.flow);
    this.select(copied.id);
    announce(t('builder.duplicated', { name: stepName(step) }));
    return copied.id;
  }

  move(step: FlowStep, by: -1 | 1): void {
    const flow = moveStep(this.flow, step.id, by);
    if (flow === this.flow) {
      announce(t(by < 0 ? 'builder.isFirst' : 'builder.isLast'));
      return;
    }
    this.change(flow);
    const place = indexOf(flow, step.id) + 1;
    announce(t('builder.moved', { name: stepName(step), place, count: flow.steps.length }));
  }

  select(id: string | null): void {
    if (id !== this.selected) this.#fresh = null;
    this.selected = id;
    this.onTest = false;
  }

  test(on: boolean): void {
    this.testing = on;
    this.onTest = on;
    if (on && this.rehearsal.place === null) void this.rehearsal.begin();
  }

  nameOf = (id: string): string => placedName(this.flow, indexOf(this.flow, id));

  /** Variables that texts of this step may hold. */
  knownAt = (id: string): readonly string[] => this.known[indexOf(this.flow, id)] ?? [];

  // ---- problems

  problemsOf = (id: string): readonly FlowProblem[] => this.problems.filter(({ step }) => step === id);

  /** What is wrong with a field; `undefined` where nothing is, or nobody wrote in it yet. */
  problemAt(id: string, field: string): string | undefined {
    const found = this.problems.find((one) => one.step === id && one.field === field);
    if (!found || (this.#fresh === id && found.code === 'empty')) return undefined;
    return problemText(found);
  }

  /** Opens what a problem is about. */
  reveal({ step, field }: FlowProblem): void {
    if (step === undefined) return;
    this.select(step);
    const isSetting = field?.startsWith('action.') && field !== 'action.text';
    this.tab = isSetting ? 'settings' : 'details';
  }

  // ---- the portal

  async publish(): Promise<void> {
    await this.keeper.flush();
    if (!this.keeper.isSaved) return;
    const body = { revision: this.keeper.revision };
    try {
      this.#published(await this.app.call<BotView>('publish_bot', { path: this.#path, body }));
    } catch (error) {
      if (codeOf(error) !== 'draft_changed') throw error;
      return this.keeper.conflict();
    }
    announce(t('builder.published', { version: this.bot.published?.version ?? 1 }));
  }

  async withdraw(): Promise<void> {
    this.#published(await this.app.call<BotView>('withdraw_bot', { path: this.#path }));
    announce(t('builder.withdrawn'));
  }

  #published(bot: BotView): void {
    this.bot = bot;
    const { published } = bot;
    if (published && !this.versions.some(({ version }) => version === published.version)) {
      this.versions = [published, ...this.versions];
    }
  }

  async update(change: Partial<BotInput>): Promise<void> {
    const { name, settings } = this.bot;
    const body: BotInput = { name, settings, ...change };
    const bot = await this.app.call<BotView>('update_bot', { path: this.#path, body });
    this.bot = { ...this.bot, name: bot.name, settings: bot.settings };
  }

  async delete(): Promise<void> {
    await this.app.call('delete_bot', { path: this.#path });
    this.keeper.settle(this.keeper.revision);
    announce(t('bots.deleted', { name: this.bot.name }));
  }

  async loadVersion(version: number): Promise<void> {
    const path = { ...this.#path, version: String(version) };
    this.change(await this.app.call<Flow>('get_bot_version', { path }));
    this.done = t('builder.versionLoaded', { version });
    announce(this.done);
  }

  /** What somebody else saved takes the place of what is here; one undo brings this back. */
  async loadTheirs(): Promise<void> {
    const detail = await this.app.call<BotDetail>('get_bot', { path: this.#path });
    this.#history = changed(this.#history, detail.draft, Date.now());
    this.#show(detail);
    if (!this.step) this.selected = null;
    this.keeper.settle(detail.revision);
    this.done = t('builder.theirsLoaded');
    announce(this.done);
  }

  async makeSecret(value: string): Promise<SecretId> {
    const { id } = await this.app.call<BotSecretCreated>('create_bot_secret', {
      path: this.#path,
      body: { value },
    });
    this.#secrets.add(id);
    return id;
  }

  /** Whether an authorization is this bot's, as far as its page can tell. */
  hasSecret = (id: SecretId): boolean =>
    this.#secrets.has(id) ||
    this.flow.steps.some((step) => step.type === 'action' && step.action.authorization === id);

  tryAction(
    { text, file_name, endpoint, authorization, content_type, headers }: SendAttachment,
    answers: Record<string, string>,
  ): Promise<Tried> {
    const action: SendAttachment = {
      text,
      file_name,
      endpoint,
      content_type,
      headers,
      ...(authorization === undefined ? {} : { authorization }),
    };
    return this.app.call<Tried>('try_bot_action', { path: this.#path, body: { action, answers } });
  }
}

export const [getBuilder, setBuilder] = createContext<Builder>();
