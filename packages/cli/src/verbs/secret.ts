import { HitherError } from '@hither/core'
import type { PeerApi, SecretsChanged, SecretSet, SecretsListed } from '@hither/peer'
import { readWithin } from '../input.ts'
import { JOINING, positionals, texts } from '../options.ts'
import { askHidden } from '../terminal/ask.ts'
import { clean, type Output } from '../terminal/output.ts'
import { ago, count, shortPeer, table } from '../terminal/words.ts'
import type { OptionValues, Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'secret set NAME KEY | list NAME | remove NAME KEY | runners NAME [add|remove PEER…]',
  summary: 'give secrets to a name’s handler, on runners that you choose',
  options: {
    runner: {
      type: 'string',
      multiple: true,
      value: 'PEER',
      help: 'set: let this runner have the name’s secrets too; "all" for every connected one that runs your functions',
    },
    ...JOINING,
  },
  async run({ args: [action = '', ...args], options, out, signal, session }) {
    const deed = Object.hasOwn(DEEDS, action) ? DEEDS[action] : undefined
    if (deed === undefined) throw usage(action === '' ? 'say what to do with secrets' : `fn secret has no "${action}"`)
    await deed({ args, options, out, signal, api: session })
  },
}

interface Deed {
  args: string[]
  options: OptionValues
  out: Output
  signal: AbortSignal
  api: () => Promise<PeerApi>
}

const DEEDS: Record<string, (deed: Deed) => Promise<void>> = { set, list, remove, runners }

async function set({ args, options, out, signal, api }: Deed): Promise<void> {
  if (args.length > 2) {
    throw new HitherError('usage', 'the value of a secret is not given on the command line', {
      why: 'others on this machine could read it there, and shells remember it',
      fix: 'type it when you are asked, or send it to stdin: fn secret set NAME KEY < FILE',
    })
  }
  const [name, key] = positionals(verb, args, ['NAME', 'KEY'])
  const wished = wishedRunners(texts(options, 'runner'))
  const value = await readValue(key)
  const done = await (await api()).secretSet({ name, key, value, ...(wished && { runners: wished }) }, { signal })
  out.result(done, () => [`${key} is set for ${done.name}: record ${done.sequence}`, ...spreadWords(done)].join('\n'))
  for (const line of warnings(name, key, done)) out.note(line)
}

async function remove({ args, out, signal, api }: Deed): Promise<void> {
  const [name, key] = positionals(verb, args, ['NAME', 'KEY'])
  const done = await (await api()).secretRemove({ name, key }, { signal })
  out.result(done, () =>
    [`${key} is removed from ${done.name}: record ${done.sequence}`, ...spreadWords(done)].join('\n'),
  )
}

async function runners({ args, out, signal, api }: Deed): Promise<void> {
  const [name = '', action, ...peers] = args
  if (action === undefined) return list({ args, options: {}, out, signal, api })
  if ((action !== 'add' && action !== 'remove') || peers.length === 0) throw usage('say which runners to add or remove')
  const change = action === 'add' ? { add: wishedRunners(peers) ?? [] } : { remove: peers }
  const done = await (await api()).secretRunners({ name, ...change }, { signal })
  out.result(done, () =>
    [`the secrets of ${done.name} are sealed anew: record ${done.sequence}`, ...spreadWords(done)].join('\n'),
  )
  if (action === 'remove') {
    out.note('what a removed runner has seen, it may have kept: change the values themselves with fn secret set')
  }
}

async function list({ args, out, api }: Deed): Promise<void> {
  const [name] = positionals(verb, args, ['NAME'])
  const listed = await (await api()).secretList({ name })
  out.result(listed, () => words(listed))
}

/** From stdin, less the line end that `echo` and editors add; or typed unseen. */
async function readValue(key: string): Promise<string> {
  if (process.stdin.isTTY) return askHidden(`Value of ${key} (not shown):`)
  const bytes = await readWithin(process.stdin, `the value of ${key}`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '')
  } catch (cause) {
    throw new HitherError('usage', `the value of ${key} is no text in UTF-8`, {
      fix: 'encode it first, such as with base64',
      cause,
    })
  }
}

function wishedRunners(peers: string[]): string[] | 'all' | undefined {
  if (peers.length === 0) return undefined
  if (!peers.includes('all')) return peers
  if (peers.length === 1) return 'all'
  throw usage('"all" stands alone')
}

function spreadWords({ runners: allowed, keptBy, notKeptBy }: SecretsChanged): string[] {
  if (allowed.length === 0) return ['no runner may have them']
  const away = allowed.filter((peer) => !keptBy.includes(peer))
  return [
    `${count(allowed.length, 'runner')} may have them, ${keptBy.length === 0 ? 'none of them' : keptBy.map(shortPeer).join(', ')} ${keptBy.length > 1 ? 'have' : 'has'} this record now`,
    ...(away.length === 0 ? [] : [`told when they are met: ${away.map(shortPeer).join(', ')}`]),
    ...notKeptBy.map(({ peer, code, message }) => `${shortPeer(peer)} did not take it: ${clean(message)} (${code})`),
  ]
}

function warnings(name: string, key: string, { declared, redacted }: SecretSet): string[] {
  return [
    ...(declared === false
      ? [
          `${name} does not say that it needs ${key}, so runners without it may run it too: list it in fn.json, "secrets": ["${key}"], and deploy again`,
        ]
      : []),
    ...(redacted ? [] : [`${key} is too short to be told from other words: it is not taken out of logs and errors`]),
  ]
}

function words({ name, sequence, time, keys, runners: allowed, gone }: SecretsListed): string {
  if (time === undefined) return `${name} has no secrets`
  const state = (connected: boolean): string => (connected ? 'connected' : 'away')
  return [
    `${name}: record ${sequence}, sealed ${ago(Math.max(0, Date.now() - time))}`,
    keys.length === 0 ? 'no secrets' : keys.join('\n'),
    '',
    table(
      ['RUNNER', 'STATE'],
      [
        ...allowed.map(({ peer, connected }) => [peer, state(connected)]),
        ...gone.map((peer) => [peer, 'removed: it may know values that were set before']),
      ],
    ),
  ].join('\n')
}

function usage(message: string): HitherError {
  return new HitherError('usage', message, { fix: `fn ${verb.usage}` })
}
