import { HitherError, INVITATION_ADDRESSES_MAX } from '@hither/core'
import {
  connectControl,
  createNetwork,
  homeNetwork,
  invitationTo,
  joinNetwork,
  leaveNetwork,
  type Home,
  type JoinedNetwork,
  type NetworkName,
  type Status,
} from '@hither/peer'
import { readWithin } from '../input.ts'
import { addresses, flag, positionals } from '../options.ts'
import { ask, canAsk } from '../terminal/ask.ts'
import type { Context, OptionValues, Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'network create [NAME] | join [INVITE] | show | leave',
  summary: 'keep your peers among themselves, or go back to the open LAN',
  options: {
    invite: { type: 'boolean', help: 'with show: print an invitation; whoever has it is in' },
    address: { type: 'string', multiple: true, value: 'ADDR', help: 'where those invited find a peer, as a multiaddr' },
  },
  async run(context) {
    const [action = 'show', ...args] = context.args
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (run === undefined) throw new HitherError('usage', `fn network has no "${action}"`, { fix: `fn ${verb.usage}` })
    await run({ ...context, args })
  },
}

const SECRET = 'whoever has this line is in: pass it on as you would a key'

const ACTIONS: Record<string, (context: Context) => Promise<void>> = {
  async create({ args, options, home, out }) {
    if (args.length > 1) positionals(verb, args, ['NAME'])
    const at = addressesGiven(options)
    const { label, tag } = await createNetwork(home, args[0])
    const invitation = await invitationTo(home, at)
    out.result({ label, tag, invitation }, () => invitation)
    out.note(`the network "${label}" is made, and this machine is in it. Others enter with: fn network join INVITE`)
    out.note(`${SECRET}. Once a peer runs here, fn network show --invite prints one with its addresses`)
    await tellRunning({ home, out })
  },

  async join({ args, home, out }) {
    const joined = await joinNetwork(home, args.length > 0 ? args.join(' ') : await askInvitation())
    out.result(joined, () => joinedWords(joined))
    await tellRunning({ home, out })
  },

  async show({ args, options, home, out }) {
    positionals(verb, args, [])
    const network = await homeNetwork(home)
    const running = await runningStatus(home)
    if (!flag(options, 'invite')) {
      const peer = running && { network: running.network ?? null }
      out.result({ network: network ?? null, ...(peer !== undefined && { running: peer }) }, () =>
        networkWords(network),
      )
      return tellRunning({ home, out })
    }
    const inside = running?.network?.tag === network?.tag ? running?.addresses : undefined
    const given = addressesGiven(options)
    const at = given.length > 0 ? given : (inside ?? []).slice(0, ADDRESSES_SHOWN).map(withoutPeer)
    const invitation = await invitationTo(home, at)
    out.result({ invitation, addresses: at }, () => invitation)
    out.note(
      at.length > 0 ? `peers are looked for at ${at.join(', ')}` : 'it names no address: it serves on this LAN only',
    )
    out.note(SECRET)
    await tellRunning({ home, out })
  },

  async leave({ args, home, out }) {
    positionals(verb, args, [])
    const left = await leaveNetwork(home)
    out.result({ left: left ?? null }, () =>
      left === undefined
        ? 'this machine is in the open network already'
        : `this machine has left "${left.label}" and forgotten its key: the way back is an invitation`,
    )
    await tellRunning({ home, out })
  },
}

/** As many as an invitation should have that may be read out. */
const ADDRESSES_SHOWN = 2

/** Throws `usage`, also where there are more than an invitation takes. */
function addressesGiven(options: OptionValues): string[] {
  const given = addresses(options, 'address')
  if (given.length <= INVITATION_ADDRESSES_MAX) return given
  throw new HitherError('usage', `an invitation takes at most ${INVITATION_ADDRESSES_MAX} addresses`)
}

/** Off the command line, where other users of the machine and the shell's history would see it. */
async function askInvitation(): Promise<string> {
  if (canAsk()) return ask('invitation:')
  return new TextDecoder().decode(await readWithin(process.stdin, 'the invitation'))
}

/** A running peer stays in the network it was started in: its links cannot change their key. */
async function tellRunning({ home, out }: Pick<Context, 'home' | 'out'>): Promise<void> {
  const running = await runningStatus(home)
  const network = await homeNetwork(home)
  if (running === undefined || running.network?.tag === network?.tag) return
  out.note(`the peer that runs here is still in ${inWords(running.network)}: stop it and start it again, with fn up`)
}

async function runningStatus(home: Home): Promise<Status | undefined> {
  const control = await connectControl(home.socket)
  try {
    return await control?.status()
  } finally {
    control?.close()
  }
}

function joinedWords({ label, reached, failed, addresses: named }: JoinedNetwork): string {
  const joined = `this machine is in the network "${label}"`
  if (reached.length > 0) return `${joined}, and reached it at ${reached.join(', ')}`
  if (named.length === 0) return `${joined}: peers of it on this LAN are found by themselves`
  const where = failed.map(({ address }) => address).join(', ')
  return `${joined}: that is saved, but nobody of it answers at ${where}. Is that machine on?`
}

function networkWords(network: NetworkName | undefined): string {
  if (network === undefined) return 'open: whoever is on this LAN, or knows an address'
  return `${network.label}, known to others as ${network.tag}; fn network show --invite prints an invitation`
}

function inWords(network: NetworkName | undefined): string {
  return network === undefined ? 'the open network' : `"${network.label}"`
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/\w+$/, '')
}
