// A conversation with the draft, as a customer would have it. The portal runs it and keeps nothing; where it stands is kept here.
import { announce } from '$app/announce.svelte';
import type { AppState } from '$app/state.svelte';
import { t } from '$lib/i18n';
import type {
  AnswerFormat,
  Flow,
  Rehearsed,
  RehearsedEvent,
  RehearsedLine,
  RehearsedPlace,
  RehearseInput,
} from '$lib/proto';

/** What stands in the conversation, in order. */
export type RehearsalLine =
  | { from: 'bot'; line: RehearsedLine }
  | { from: 'you'; text: string; files: readonly string[] }
  | { from: 'desk'; what: Exclude<RehearsedEvent['type'], 'begin' | 'said'> };

export class Rehearsal {
  lines: readonly RehearsalLine[] = $state.raw([]);
  place: RehearsedPlace | null = $state(null);
  step: string | undefined = $state();
  busy = $state(false);
  error: unknown = $state.raw(null);
  #state: string | undefined;
  #round = 0;

  constructor(
    readonly app: AppState,
    readonly path: { org: string; bot: string },
    readonly flow: () => Flow,
  ) {}

  /** What the newest question takes; `null` while none is asked. */
  readonly asks = $derived.by((): AnswerFormat | null => {
    if (this.place !== 'asked') return null;
    const last = this.lines.findLast((one) => one.from === 'bot' && one.line.type === 'text' && one.line.ask);
    return last?.from === 'bot' && last.line.type === 'text' ? (last.line.ask ?? null) : null;
  });

  begin(): Promise<void> {
    this.#round += 1;
    this.#state = undefined;
    this.lines = [];
    this.place = null;
    this.step = undefined;
    this.busy = false;
    return this.#send({ type: 'begin', customer: t('rehearsal.customer') });
  }

  say(text: string, files: readonly string[] = []): Promise<void> {
    return this.#send({ type: 'said', text, files: [...files] }, { from: 'you', text, files });
  }

  desk(what: Exclude<RehearsedEvent['type'], 'begin' | 'said'>): Promise<void> {
    return this.#send({ type: what }, { from: 'desk', what });
  }

  async #send(event: RehearsedEvent, line?: RehearsalLine): Promise<void> {
    if (this.busy) return;
    const round = this.#round;
    const before = this.lines;
    if (line) this.lines = [...before, line];
    this.busy = true;
    this.error = null;
    try {
      const body: RehearseInput = {
        flow: this.flow(),
        event,
        ...(this.#state === undefined ? {} : { state: this.#state }),
      };
      const answer = await this.app.call<Rehearsed>('rehearse_bot', { path: this.path, body });
      if (round !== this.#round) return;
      this.#take(answer);
    } catch (error) {
      if (round !== this.#round) return;
      this.lines = before;
      this.error = error;
    } finally {
      if (round === this.#round) this.busy = false;
    }
  }

  #take({ lines, state, step, place }: Rehearsed): void {
    this.#state = state;
    this.step = step;
    this.place = place;
    this.lines = [...this.lines, ...lines.map((line) => ({ from: 'bot', line }) as const)];
    const said = lines.map(spoken).filter((words) => words !== '');
    if (said.length > 0) announce(said.join(' '));
  }
}

function spoken(line: RehearsedLine): string {
  switch (line.type) {
    case 'text':
      return t('rehearsal.spoken', { text: line.text });
    case 'file':
      return t('rehearsal.spokenFile', { name: line.file.name });
    default:
      return t(`rehearsal.line.${line.type}`);
  }
}
