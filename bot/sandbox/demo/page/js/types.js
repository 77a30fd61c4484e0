// @ts-check
/**
 * What the server tells, as docs/demo.md describes it. Types only.
 *
 * @typedef {{type: string, offset: number, length: number, url?: string, language?: string, user?: string}} Entity
 * @typedef {{id: number, name: string, is_bot: boolean, status?: string}} Someone
 * @typedef {{id: number, name: string, language: string}} Person
 * @typedef {{label: string, data: string | null, url: string | null}} Key
 * @typedef {{kind: string, id: string, url: string, name: string, mime_type: string, size: number,
 *   duration: number | null, width: number | null, height: number | null,
 *   waveform_url?: string}} Media
 * @typedef {{id: number, chat: number, topic: number | null, version: number, sender: Someone,
 *   date: string, edited: string | null, service: {kind: string, names?: string[], title?: string} | null,
 *   text: string, entities: Entity[], media: Media | null, other: {kind: string} | null,
 *   keyboard: Key[][], reply_to: {id: number, sender: string, text: string, kind: string} | null,
 *   forwarded: {from: string, date: string} | null, album: string | null,
 *   reactions: {emoji: string, by: number}[]}} Message
 * @typedef {{id: number | null, name: string, color: string | null, is_closed: boolean,
 *   last: Message | null}} Topic
 * @typedef {{id: number, kind: 'private' | 'group' | 'forum', title: string, members: Someone[],
 *   topics: Topic[], actions: {topic: number | null, action: string, until: string}[],
 *   drafts: {topic: number | null, text: string, can_stop: boolean}[],
 *   last: Message | null, count: number}} Chat
 * @typedef {{state: string, at: string, pid: number | null, starts: number, line: string | null,
 *   again_in: number | null}} BotState
 * @typedef {{world: number, event: string, people: Person[],
 *   bot: {id: number, name: string, username: string}, state: BotState,
 *   sample: {text: string, url: string},
 *   limits: {text: number, file: number, download: number, recording: number}}} Stage
 * @typedef {{key: string, kind: string, at: string, what: string, chat: number | null,
 *   topic: number | null, lane: string | null, ms: number | null, status: number | null,
 *   detail: string | null, is_quiet: boolean}} Happening
 * @typedef {{name: string, title: string, sentence: string, state: 'idle' | 'armed' | 'used',
 *   at: string | null}} Fault
 *
 * And of the page itself:
 *
 * @typedef {{chat: number, topic: number | null}} Place
 * @typedef {{messages: Message[], hasOlder: boolean, isLoaded: boolean, gone: Record<number, true>}} History
 * @typedef {{replyTo: Message | null, editing: Message | null}} Intent
 */
export {};
