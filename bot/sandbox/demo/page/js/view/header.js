// @ts-check
/** Above the messages: where one is, what the others do, and what is wrong. */
import { avatar, byId, el, icon } from '../dom.js';
import { placeKey } from '../places.js';
import { doing } from '../words.js';

/** @typedef {import('../store.js').State} State */

/** How the bot is, in a word. @param {import('../types.js').BotState} bot */
function condition({ state }) {
  const words = { running: 'bot', starting: 'starting…', killed: 'killed, coming back…', failed: 'fell over, coming back…', ending: 'ending' };
  return words[/** @type {keyof typeof words} */ (state)] ?? state;
}

/** What is wrong now, in a sentence; null if nothing is. @param {State} state */
function trouble({ stage, isConnected }) {
  if (!isConnected) return 'The demo does not answer. If it has ended, start it again with “make demo”.';
  const bot = stage?.state;
  if (bot?.state === 'killed') return 'The bot was killed. It is being started again, and goes on where it was.';
  if (bot?.state === 'failed') {
    const again = bot.again_in === null ? '' : ` It is started again in ${Math.ceil(bot.again_in)} s.`;
    return `The bot ended by itself.${again}${bot.line ? ` Its last words: ${bot.line}` : ''}`;
  }
  if (bot?.state === 'starting') return 'The bot is starting. What you write now waits for it.';
  return null;
}

/** @param {import('../store.js').Store} store @param {import('../acts.js').Acts} acts */
export function mountHeader(store, acts) {
  const who = byId('who');
  const notice = byId('notice');

  byId('back').addEventListener('click', () => acts.open(null));

  /** @param {State} state */
  function show(state) {
    const { open, chats, stage } = state;
    const chat = open && chats[open.chat];
    if (!chat || !stage) {
      who.replaceChildren();
      document.title = 'OnDemand for Telegram: the demo';
      return;
    }
    const isPrivate = chat.kind === 'private';
    const topic = chat.kind === 'forum' ? chat.topics.find(({ id }) => id === open.topic) : null;
    const name = isPrivate ? stage.bot.name : topic ? topic.name : chat.title;
    const action = state.actions[placeKey(state, open)];
    const members = chat.members.map((each) => (each.id === state.person ? 'you' : each.name));
    const about = action
      ? el('p', { class: 'acting' }, el('span', { class: 'wave-dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')),
          isPrivate ? doing(action.action) : `${stage.bot.name} is ${doing(action.action)}`)
      : isPrivate
        ? el('p', {}, el('i', { class: `dot ${stage.state.state}`, 'aria-hidden': 'true' }), condition(stage.state))
        : el('p', {}, topic ? `${chat.title} · ` : null, members.join(', '));
    const sign = isPrivate ? undefined : topic ? (topic.id === null ? 'chat' : 'topic') : 'people';
    const tone = topic ? (chat.topics.indexOf(topic) % 3) + 1 : 2;
    who.replaceChildren(
      avatar({ name, is_bot: isPrivate, sign, tone }, isPrivate ? '' : 'square'),
      el('div', { class: 'names' }, el('h1', {}, name), about),
    );
    document.title = `${name} · OnDemand for Telegram`;
  }

  /** @param {State} state */
  function showTrouble(state) {
    const sentence = trouble(state);
    notice.hidden = sentence === null;
    if (sentence !== null && notice.textContent !== sentence) notice.replaceChildren(icon('warn'), sentence);
  }

  store.watch((state, before) => {
    const parts = /** @type {const} */ (['stage', 'open', 'chats', 'actions', 'person']);
    if (parts.some((part) => state[part] !== before[part])) show(state);
    showTrouble(state);
  });
}
