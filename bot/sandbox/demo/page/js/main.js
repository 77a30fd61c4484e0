// @ts-check
/** The page begins here: the parts are made, given each other, and told to begin. */
import { createActs } from './acts.js';
import { api } from './api.js';
import { byId } from './dom.js';
import { createPlayer } from './player.js';
import { createStore } from './store.js';
import { createChoices } from './view/choices.js';
import { mountComposer } from './view/composer.js';
import { mountDrawer } from './view/drawer.js';
import { mountHeader } from './view/header.js';
import { mountList, mountTheme } from './view/list.js';
import { mountMessages } from './view/messages.js';
import { alert, toast, viewer } from './view/over.js';
import { createWelcome } from './view/welcome.js';

/** @param {string} text */
function copy(text) {
  navigator.clipboard.writeText(text).then(
    () => toast('Copied.'),
    () => toast('Your browser did not let it be copied.'),
  );
}

const store = createStore();
const acts = createActs(store, api, { toast, alert });
const parts = { player: createPlayer(), waveform: api.waveform, view: viewer, complain: toast };

mountTheme();
mountList(store, acts);
mountHeader(store, acts);
mountDrawer(store, acts);
const composer = mountComposer(store, acts);
const nothing = createWelcome(store, acts, composer);
mountMessages({ store, acts, parts, copy, choose: createChoices(store, acts, copy), nothing });

const app = byId('app');
store.watch(({ open }) => {
  app.dataset.pane = open ? 'chat' : 'list';
});

addEventListener('hashchange', () => void acts.goWhere(location.hash));
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  // Esc leads back to writing, and from there, on a phone, to the list.
  const isWriting = document.activeElement?.id === 'text';
  if (!isWriting) composer.focus();
});

await acts.begin();

// Where there is room for both, the list never stands beside nothing.
const { open, person } = store.state;
if (!open && person !== null && matchMedia('(min-width: 721px)').matches) acts.open({ chat: person, topic: null });
