import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { bundler, type BuildOutcome } from '@hither/bundle'
import { HitherError } from '@hither/core'
import { readConfig } from '@hither/peer'
import { sandbox } from '@hither/sandbox'
import { devCall } from '../dev/call.ts'
import { dataOf, wordsOf, type DevEvent } from '../dev/events.ts'
import { listen } from '../dev/listen.ts'
import { Workbench } from '../dev/workbench.ts'
import { logger } from '../log.ts'
import { integer } from '../options.ts'
import type { Verb } from '../verb.ts'

/** What is on its way when one stops working is of no use to anybody. */
const GRACE_MS = 200

export const verb: Verb = {
  usage: 'dev [ENTRY]',
  summary: 'serve a handler on this machine alone, anew at every save',
  options: {
    port: { type: 'string', value: 'PORT', help: 'take HTTP on this port; by default 8787, or the next that is free' },
  },
  stopsItself: true,
  async run({ args, options, home, out, signal }) {
    if (args.length > 1) throw new HitherError('usage', 'one handler at a time', { fix: `fn ${verb.usage}` })
    const log = logger(options)
    const tell = (event: DevEvent): void => out.event(dataOf(event), () => wordsOf(event))
    const workbench = new Workbench()
    const builds = bundler()
    // As on a runner of this machine: what its owner permits holds for this too.
    const { egress } = (await readConfig(home.config)).lend
    const runner = sandbox({ cores: availableParallelism(), egress })({
      log: ({ level, text }) => tell({ type: 'log', level, text: workbench.readable(text) }),
    })
    const take = (outcome: BuildOutcome): void => {
      workbench.take(outcome)
      tell(buildEvent(outcome))
    }
    try {
      await Promise.all([runner.start(), builds.watch(resolve(args[0] ?? '.'), take)])
      const call = devCall({ runner, workbench, tell, now: () => performance.now() })
      const gateway = await listen(integer(options, 'port', 0, 65_535), { call, log })
      tell({ type: 'ready', url: gateway.address, name: workbench.newest?.name ?? 'the handler' })
      if (!signal.aborted) await once(signal, 'abort')
      await gateway.stop({ graceMs: GRACE_MS })
    } finally {
      await runner.stop({ graceMs: 0 })
      await builds.stop()
    }
  },
}

function buildEvent(outcome: BuildOutcome): DevEvent {
  if ('error' in outcome) return { type: 'build-failed', error: outcome.error }
  const { cid, manifest, blocks, warnings } = outcome.built
  const bytes = blocks.find((block) => block.cid.equals(manifest.bundle))?.bytes.length ?? 0
  return { type: 'built', cid: cid.toString(), bytes, ms: outcome.ms, warnings }
}
