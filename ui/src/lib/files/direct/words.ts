// What is said of a transfer: one sentence for how it stands, one for what to do, and what may be done.
import { t, type MessageVars } from '$lib/i18n';
import { duration } from '$lib/i18n/time';
import type { Obstacle } from '$lib/platform';
import type { AttachmentItem, RelayFiles, TransferState, TransferView } from '$lib/proto';
import { formatSize, percent } from '$lib/util/size';
import type { Glyph } from '../glyphs';
import type { Row, Standing } from './rows';

/** What a person can do with a transfer. */
export type Act = 'pause' | 'resume' | 'retry' | 'place' | 'source' | 'cancel';
/** How it is shown: it goes well, it is over well, it wants attention, it went wrong. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad';

export interface Words {
  /** How it stands. */
  text: string;
  /** Why, or what to do next; '' where there is nothing to add. */
  hint: string;
  tone: Tone;
  glyph: Glyph;
}

export const isOver = ({ type }: TransferState): boolean =>
  type === 'done' || type === 'cancelled' || type === 'failed';

/** Whether how far it is says something. */
export const hasProgress = ({ state, done }: TransferView): boolean =>
  !isOver(state) && (done > 0 || state.type === 'moving');

export const percentOf = ({ done, size }: TransferView): number => percent(done, size);

/** "12 s left", "4 minutes left" */
export function leftText(seconds: number): string {
  if (seconds < 60) return t('direct.secondsLeft', { seconds: Math.max(1, Math.round(seconds)) });
  return t('upload.left', { time: duration(seconds * 1000) });
}

/** "direct over WebRTC", or why it is relayed. */
export function laneText({ lane, relayed_why }: Pick<TransferView, 'lane' | 'relayed_why'>): string {
  if (!lane) return '';
  return lane === 'relay' && relayed_why ? t(`direct.relayed.${relayed_why}`) : t(`direct.lane.${lane}`);
}

function movingText(view: TransferView): string {
  const parts = [t('file.percent', { percent: percentOf(view) })];
  if (view.rate > 0) parts.push(t('upload.rate', { rate: formatSize(view.rate) }));
  if (view.rate > 0 && view.seconds_left !== undefined) parts.push(leftText(view.seconds_left));
  const lane = laneText(view);
  if (lane) parts.push(lane);
  return parts.join(' · ');
}

const LOOKS: Record<TransferState['type'], Pick<Words, 'tone' | 'glyph'>> = {
  waiting: { tone: 'plain', glyph: 'clock' },
  connecting: { tone: 'plain', glyph: 'link' },
  moving: { tone: 'plain', glyph: 'direct' },
  paused: { tone: 'plain', glyph: 'pause' },
  stalled: { tone: 'warn', glyph: 'warn' },
  done: { tone: 'good', glyph: 'check' },
  cancelled: { tone: 'plain', glyph: 'gone' },
  failed: { tone: 'bad', glyph: 'warn' },
};

/** `name`: the other side's, as it was typed. `relay`: of the organisation's policy. */
export function wordsOf(view: TransferView, name: string, relay: RelayFiles = 'allowed'): Words {
  const { state, way, done, size } = view;
  const look = LOOKS[state.type];
  const vars: MessageVars = { name, way, rest: formatSize(size - done) };
  switch (state.type) {
    case 'waiting':
      return { text: t('direct.waiting', vars), hint: t('direct.waitingHint'), ...look };
    case 'connecting':
      return { text: t('direct.connecting', vars), hint: '', ...look };
    case 'moving':
      return { text: movingText(view), hint: '', ...look };
    case 'paused': {
      const text = `${t(`direct.paused.${state.by}`, vars)} · ${doneText(view)}`;
      return { text, hint: t(`direct.pausedHint.${state.by}`, vars), ...look };
    }
    case 'stalled': {
      const off = state.why === 'unreachable' && relay === 'off';
      const hint = off ? t('direct.noRelay') : t(`direct.stalledHint.${way}_${state.why}`, vars);
      return { text: t(`direct.stalled.${way}_${state.why}`, vars), hint, ...look };
    }
    case 'done':
      return { text: t('direct.done', vars), hint: '', ...look };
    case 'cancelled':
      return { text: t(`direct.cancelled.${state.by}`, vars), hint: '', ...look };
    case 'failed':
      return {
        text: t(`direct.failed.${state.failure}`, vars),
        hint: t(`direct.failedHint.${state.failure}`, vars),
        ...look,
      };
  }
}

const STANDING_LOOKS: Record<Standing, Pick<Words, 'tone' | 'glyph'>> = {
  offered: { tone: 'plain', glyph: 'up' },
  accepted: { tone: 'plain', glyph: 'clock' },
  declined: { tone: 'plain', glyph: 'cross' },
  received: { tone: 'good', glyph: 'check' },
  failed: { tone: 'bad', glyph: 'warn' },
  revoked: { tone: 'plain', glyph: 'gone' },
};

/** The same for a row, of which there may be no transfer; `ended`: nothing of the session goes on. */
export function rowWords({ view, name, way, standing }: Row, ended: boolean, relay?: RelayFiles): Words {
  const unfinished = ended && (standing === 'accepted' || standing === 'offered');
  if (unfinished && !(view && isOver(view.state)))
    return { text: t('direct.unfinished'), hint: '', tone: 'plain', glyph: 'gone' };
  if (view) return wordsOf(view, name, relay);
  return { text: standingText(standing, way, name), hint: '', ...STANDING_LOOKS[standing] };
}

function standingText(standing: Standing, way: TransferView['way'], name: string): string {
  if (standing === 'received') return t('direct.done');
  if (standing === 'accepted') return t(`direct.accepted.${way}`, { name });
  return t(`direct.standing.${standing}`);
}

/** "512.0 MB of 1.2 GB" */
export const doneText = ({ done, size }: TransferView): string =>
  t('direct.doneOf', { done: formatSize(done), total: formatSize(size) });

/** In the order of their buttons. */
export function actsOf({ state, way }: Pick<TransferView, 'state' | 'way'>): Act[] {
  switch (state.type) {
    case 'waiting':
    case 'connecting':
    case 'moving':
      return ['pause', 'cancel'];
    case 'paused':
      return state.by === 'peer' ? ['cancel'] : ['resume', 'cancel'];
    case 'stalled':
      return [...mendsOf(state.why, way), 'cancel'];
    case 'done':
    case 'cancelled':
    case 'failed':
      return [];
  }
}

/** What a person on this side can do about a transfer that stands. */
function mendsOf(why: Extract<TransferState, { type: 'stalled' }>['why'], way: TransferView['way']): Act[] {
  const receiving = way === 'receiving';
  switch (why) {
    case 'needs_place':
      return receiving ? ['place'] : [];
    case 'needs_source':
      return receiving ? [] : ['source'];
    case 'disk_full':
    case 'disk_error':
      return receiving ? ['retry'] : [];
    case 'unreachable':
      return ['retry'];
  }
}

/** Why it cannot be received here, and what would help. */
export const obstacleText = ({ why, most }: Obstacle): string =>
  t(`direct.obstacle.${why}`, { most: formatSize(most) });

/** "1.8 GB", "214 files, 1.8 GB" */
export function amountText({ size, direct }: Pick<AttachmentItem, 'size' | 'direct'>): string {
  const bytes = formatSize(size);
  return direct?.kind === 'folder' ? t('direct.folder', { count: direct.files, size: bytes }) : bytes;
}

/** The code in two halves, as it is read. */
export const codeText = (code: string): string =>
  `${code.slice(0, Math.ceil(code.length / 2))} ${code.slice(Math.ceil(code.length / 2))}`.trim();
