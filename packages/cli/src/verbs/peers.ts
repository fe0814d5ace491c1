import type { RunnerState } from '@hither/core'
import { JOINING, positionals } from '../options.ts'
import { ms, networkWords, table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'peers',
  summary: 'show connected peers, nearest first',
  options: JOINING,
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const api = await session()
    const { network } = await api.id()
    const peers = (await api.peers()).toSorted((a, b) => (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity))
    out.result(peers, () => {
      if (peers.length === 0 && network !== undefined) return `no peers of the network "${network.label}" are connected`
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
    if (network !== undefined) out.note(`network: ${networkWords(network)}`)
  },
}

function stateWords(state: RunnerState | undefined): string {
  if (state === undefined) return 'no'
  if (!state.accepting) return 'paused'
  return `${state.busy} of ${state.slots} busy, runs ${state.admits === 'anyone' ? 'anyone' : 'its trusted publishers'}`
}
