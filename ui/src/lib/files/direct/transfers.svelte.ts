// The direct transfers of one session, as its host tells of them.
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { DirectAccess, PickedFile } from '$lib/platform';
import type {
  AttachmentId,
  AttachmentItem,
  ParticipantId,
  RelayFiles,
  TransferState,
  TransferView,
} from '$lib/proto';
import { errorText } from '$lib/util/errors';
import { visibleName } from '$lib/util/fileName';
import type { Act } from './words';
import { isOver, obstacleText, percentOf, wordsOf } from './words';

/** What the transfers ask of their room. */
export interface TransfersHost {
  /** They end with this page (browser); the desktop's go on without it. */
  inPage(): boolean;
  direct(): DirectAccess | null;
  relay(): RelayFiles;
  nameOf(peer: ParticipantId): string;
  /** The name of a file that is loaded; `null` for any other. */
  fileName(id: AttachmentId): string | null;
  /** Asks the person for a file. */
  pickOne(): Promise<PickedFile | null>;
}

/** A transfer that somebody does something with, and the button that was pressed. */
export interface Pressed {
  file: AttachmentItem;
  view: TransferView;
  /** The other side's. */
  name: string;
  back: HTMLElement | null;
}

const keyOf = ({ attachment, peer, way }: TransferView) => `${attachment} ${peer} ${way}`;

export class Transfers {
  views = $state.raw<readonly TransferView[]>([]);
  /** What somebody is asked about before it is cancelled. */
  cancelling = $state.raw<Pressed | null>(null);
  readonly #byFile = $derived.by(() => grouped(this.views));
  /** Those that go on by themselves, and would end with this page. */
  readonly busy = $derived.by(() => this.host.inPage() && this.views.some(({ state }) => goesOn(state)));
  /** Told when nothing is on its way any more. */
  onIdle: () => void = () => {};

  constructor(readonly host: TransfersHost) {}

  of(attachment: AttachmentId): readonly TransferView[] {
    return this.#byFile.get(attachment) ?? [];
  }

  /** Listens to `direct`; answers how to stop. */
  follow(direct: DirectAccess | null | undefined): () => void {
    if (!direct) return () => {};
    let first = true;
    return direct.onViews((views) => {
      const [before, busy] = [this.views, this.busy];
      this.views = views;
      if (!first) this.#say(before, views);
      first = false;
      if (busy && !this.busy) this.onIdle();
    });
  }

  /** Why a direct file cannot be received here; `null` where it can. */
  obstacle({ size, direct }: Pick<AttachmentItem, 'size' | 'direct'>): string | null {
    if (!direct) return null;
    const access = this.host.direct();
    if (!access) return t('direct.obstacle.none');
    const obstacle = access.obstacle(size);
    return obstacle && obstacleText(obstacle);
  }

  /** Asks for a place for each of `files`; answers those that have one. Called in the click that accepts. */
  async placed(files: readonly AttachmentItem[]): Promise<AttachmentItem[]> {
    const access = this.host.direct();
    const placed: AttachmentItem[] = [];
    for (const file of files) {
      if (!file.direct || (await access?.place(file))) placed.push(file);
    }
    return placed;
  }

  /** Does what a button says; what went wrong is announced and answered. */
  async act(act: Act, on: Pressed): Promise<string> {
    const access = this.host.direct();
    if (!access) return '';
    try {
      await this.#act(access, act, on);
      return '';
    } catch (error) {
      const why = errorText(error);
      announce(why);
      return why;
    }
  }

  async #act(access: DirectAccess, act: Act, on: Pressed): Promise<void> {
    const { file, view } = on;
    switch (act) {
      case 'pause':
        return access.pause(file.id, view.peer);
      case 'resume':
      case 'retry':
        return access.resume(file.id, view.peer);
      case 'place':
        await access.place(file);
        return;
      case 'source': {
        const picked = await this.host.pickOne();
        if (picked) await access.askSourceAgain(file, picked);
        return;
      }
      case 'cancel':
        // Where nothing has moved there is nothing to lose.
        if (view.done > 0) this.cancelling = on;
        else await access.cancel(file.id, view.peer);
    }
  }

  async cancel({ file, view }: Pressed): Promise<void> {
    await this.host.direct()?.cancel(file.id, view.peer);
  }

  /** What changed, in words: every new state but those in between, and each quarter of the way. */
  #say(before: readonly TransferView[], views: readonly TransferView[]): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- looked into and forgotten
    const old = new Map(before.map((view) => [keyOf(view), view]));
    for (const view of views) {
      const was = old.get(keyOf(view));
      const name = was && this.host.fileName(view.attachment);
      if (!was || !name) continue;
      const file = visibleName(name);
      if (isNews(was, view)) {
        const peer = this.host.nameOf(view.peer) || t('direct.other');
        const { text, hint } = wordsOf(view, peer, this.host.relay());
        // The row of a recipient begins with the name.
        const why = view.way === 'sending' ? t('file.change', { file: peer, why: text }) : text;
        announce(t('file.change', { file, why: hint ? `${why}. ${hint}` : why }));
      } else if (quarter(view) > quarter(was) && !isOver(view.state)) {
        announce(t('progress.said', { label: file, percent: quarter(view) * 25 }));
      }
    }
  }
}

function grouped(views: readonly TransferView[]): ReadonlyMap<AttachmentId, readonly TransferView[]> {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with every change
  const groups = new Map<AttachmentId, TransferView[]>();
  for (const view of views) groups.set(view.attachment, [...(groups.get(view.attachment) ?? []), view]);
  return groups;
}

const goesOn = (state: TransferState) =>
  ['waiting', 'connecting', 'moving'].includes(state.type) ||
  (state.type === 'stalled' && state.why === 'unreachable');

const quarter = (view: TransferView) => Math.floor(percentOf(view) / 25);

/** What one does oneself one knows; connecting and moving come and go. */
function isNews({ state: was }: TransferView, { state }: TransferView): boolean {
  if (state.type === 'connecting' || state.type === 'moving') return false;
  if ((state.type === 'paused' || state.type === 'cancelled') && state.by === 'you') return false;
  return JSON.stringify(was) !== JSON.stringify(state);
}
