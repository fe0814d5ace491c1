import { positionals } from '../options.ts'
import { jailLines } from '../terminal/jail-words.ts'
import { bytes, count, ms, networkWords } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = {
  usage: 'status',
  summary: 'show what this machine’s peer is doing',
  options: {},
  async run({ args, out, session }) {
    positionals(verb, args, [])
    const status = await (await session()).status()
    out.result(status, () => {
      const { runner, store, calls, uptimeMs } = status
      return [
        `publisher  ${status.publisher}`,
        ...(status.peer === undefined ? [] : [`peer       ${status.peer}`]),
        `network    ${networkWords(status.network)}`,
        uptimeMs === 0
          ? 'running    no: start it with fn up'
          : `running    ${ms(uptimeMs)}, ${count(status.peers, 'peer')} connected`,
        ...status.addresses.map((address) => `address    ${address}`),
        ...(status.gateway === undefined ? [] : [`gateway    ${status.gateway}`]),
        runner === undefined
          ? 'runner     no: lend this machine with fn volunteer on'
          : `runner     ${runner.accepting ? `${runner.busy} of ${runner.slots} slots busy, ${runner.queued} queued` : status.draining ? 'draining' : 'takes no work now (fn volunteer status says why)'}`,
        ...(status.jail === undefined ? [] : jailLines(status.jail)),
        `store      ${bytes(store.bytes)} of ${bytes(store.capBytes)} in ${count(store.count, 'block')}, ${count(status.names, 'name')}`,
        `calls      ${calls.made} made; ${calls.served} served, ${calls.refused} refused, ${calls.failed} failed`,
      ].join('\n')
    })
  },
}
