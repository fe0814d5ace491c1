import type { RunnerState } from '@hither/core'
import { JOINING, positionals } from '../options.ts'
import { ms, table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'peers',
  summary: 'show connected peers, nearest first',
  options: JOINING,
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const peers = (await (await session()).peers()).toSorted((a, b) => (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity))
    out.result(peers, () => {
      if (peers.length === 0)
        return 'no peers are connected: start one on this LAN with fn up, or name one with --bootstrap'
      const rows = peers.map(({ peer, rttMs, state, address }) => [
        peer,
        rttMs === undefined ? '?' : ms(rttMs),
        stateWords(state),
        address,
      ])
      return table(['PEER', 'RTT', 'RUNNER', 'ADDRESS'], rows)
    })
  },
}

function stateWords(state: RunnerState | undefined): string {
  if (state === undefined) return 'no'
  if (!state.accepting) return 'paused'
  return `${state.busy} of ${state.slots} busy, runs ${state.admits === 'anyone' ? 'anyone' : 'its trusted publishers'}`
}
