// Bots of an organisation: one that customers meet, one that was just begun, one with problems. What the portal checks, fetches and
// rehearses is only made to look like it here: this is the demo.
import type {
  BotInput,
  BotVersion,
  BotView,
  DraftInput,
  Flow,
  PublishInput,
  RehearseInput,
  TryAction,
  WireError,
} from '$lib/proto';
import { sameFlow } from '$lib/bots/steps';
import type { CallParams, Operation } from '../types';
import { checkFlow } from './botChecks';
import { brokenFlow, invoiceFlow } from './botFlows';
import { rehearse, tryAction } from './botTries';
import { idAt } from './ids';

const DAY = 86_400_000;
/** Fixed ids, so that addresses can be written down. */
export const BOT = {
  invoices: '0192d3c4b5a67788990000000000b001',
  fresh: '0192d3c4b5a67788990000000000b002',
  broken: '0192d3c4b5a67788990000000000b003',
};

interface DemoBot {
  id: string;
  name: string;
  settings: BotInput['settings'];
  draft: Flow;
  revision: number;
  changedAt: number;
  /** Newest first. */
  versions: (BotVersion & { flow: Flow })[];
  published: number | null;
}

export interface DemoBots {
  bots: DemoBot[];
  secrets: Set<string>;
  me: string;
  /** `conflict`: the next save comes after somebody else's. */
  conflicts: number;
}

export function demoBots(me: string, flag: (name: string) => boolean): DemoBots {
  const at = Date.now();
  const flow = invoiceFlow();
  const version = (number: number, days: number, by: string) => ({
    version: number,
    at: at - days * DAY,
    by,
    flow,
  });
  const bot = (id: string, name: string, draft: Flow, days: number): DemoBot => ({
    id,
    name,
    settings: { limits: {} },
    draft,
    revision: 1,
    changedAt: at - days * DAY,
    versions: [],
    published: null,
  });
  const bots: DemoBot[] = [
    {
      ...bot(BOT.invoices, 'Invoices', flow, 3),
      settings: {
        limits: { max_bytes: 20 * 1024 * 1024, allowed_types: ['pdf', 'png'] },
        email: 'billing@northwind.example',
      },
      versions: [version(2, 3, 'Tina Okonkwo'), version(1, 19, me)],
      published: 2,
    },
    bot(BOT.fresh, 'New laptops', { format: 1, steps: [] }, 0.2),
    bot(BOT.broken, 'Returns <img src=x onerror=alert(1)>\u202efdp', brokenFlow(), 1),
  ];
  return {
    bots: flag('empty') ? [] : bots,
    secrets: new Set(['0192d3c4b5a67788990000000000f001']),
    me,
    conflicts: flag('conflict') ? 1 : 0,
  };
}

const refuse = (code: WireError['code'], field?: string): never => {
  const error: WireError = { code, message: code, ...(field ? { field } : {}) };
  throw error;
};

function view({ id, name, settings, draft, changedAt, versions, published }: DemoBot): BotView {
  const current = versions.find(({ version }) => version === published);
  const { flow, ...shown } = current ?? { flow: null };
  return {
    id,
    name,
    settings,
    steps: draft.steps.length,
    changed_at: changedAt,
    ...(current ? { published: shown as BotVersion } : {}),
    is_changed: flow === null || !sameFlow(flow, draft),
  };
}

/** What the portal answers about bots; `undefined` for what is not about them. */
export function answerOfBots(
  world: DemoBots,
  operation: Operation,
  { path = {}, body }: CallParams,
): unknown {
  if (operation === 'list_bots') {
    const bots = world.bots.map(view).sort((one, other) => one.name.localeCompare(other.name));
    return { bots };
  }
  if (operation === 'create_bot') return create(world, body as BotInput);
  if (path.bot === undefined) return undefined;
  const bot = world.bots.find(({ id }) => id === path.bot) ?? refuse('not_found');
  return structuredClone(answerOfBot(world, bot, operation, { path, body }));
}

function answerOfBot(
  world: DemoBots,
  bot: DemoBot,
  operation: Operation,
  { path = {}, body }: CallParams,
): unknown {
  const problems = () => checkFlow(bot.draft, world.secrets);
  switch (operation) {
    case 'get_bot': {
      const versions = bot.versions.map(({ flow: _flow, ...version }) => version);
      return { bot: view(bot), draft: bot.draft, revision: bot.revision, problems: problems(), versions };
    }
    case 'update_bot':
      rename(world, bot, body as BotInput);
      return view(bot);
    case 'delete_bot':
      world.bots = world.bots.filter(({ id }) => id !== bot.id);
      return null;
    case 'save_bot_draft':
      save(world, bot, body as DraftInput);
      return { revision: bot.revision, problems: problems() };
    case 'publish_bot':
      if ((body as PublishInput).revision !== bot.revision) refuse('draft_changed');
      if (problems().length > 0) refuse('flow_not_ready');
      publish(world, bot);
      return view(bot);
    case 'withdraw_bot':
      bot.published = null;
      return view(bot);
    case 'get_bot_version':
      return (
        bot.versions.find(({ version }) => String(version) === path.version)?.flow ?? refuse('not_found')
      );
    case 'create_bot_secret': {
      const id = idAt(Date.now(), `f${world.secrets.size}`);
      world.secrets.add(id);
      return { id };
    }
    case 'try_bot_action':
      return tryAction(body as TryAction);
    case 'rehearse_bot':
      return rehearse(body as RehearseInput);
    default:
      return undefined;
  }
}

function nameIsFree(world: DemoBots, name: string, id?: string) {
  const taken = world.bots.some((one) => one.id !== id && one.name.toLowerCase() === name.toLowerCase());
  if (taken) refuse('bot_name_taken', 'name');
}

function create(world: DemoBots, { name, settings }: BotInput): BotView {
  nameIsFree(world, name);
  const bot: DemoBot = {
    id: idAt(Date.now(), `b${world.bots.length}`),
    name,
    settings,
    draft: { format: 1, steps: [] },
    revision: 1,
    changedAt: Date.now(),
    versions: [],
    published: null,
  };
  world.bots.push(bot);
  return view(bot);
}

function rename(world: DemoBots, bot: DemoBot, { name, settings }: BotInput) {
  nameIsFree(world, name, bot.id);
  Object.assign(bot, { name, settings });
}

function save(world: DemoBots, bot: DemoBot, { flow, revision }: DraftInput) {
  if (world.conflicts > 0) {
    world.conflicts -= 1;
    bot.revision += 1;
    bot.draft = invoiceFlow();
  }
  if (revision !== bot.revision) refuse('draft_changed');
  bot.draft = structuredClone(flow);
  bot.revision += 1;
  bot.changedAt = Date.now();
}

function publish(world: DemoBots, bot: DemoBot) {
  const version = (bot.versions[0]?.version ?? 0) + 1;
  bot.versions.unshift({ version, at: Date.now(), by: world.me, flow: bot.draft });
  bot.published = version;
}
