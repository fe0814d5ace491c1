import { spawn } from 'node:child_process'
import { sandbox } from '@hither/sandbox'
import { innermost } from '../../src/host/lineage.ts'
import { ENDLESS, handler, makeJob } from './jobs.ts'

/** A process of its own that holds sandbox processes, runs a handler with the body it is given, and says their ids. */
const pids: number[] = []
const runner = sandbox({ cores: 1 })({
  spawn: (file, args, options) => {
    const child = spawn(file, args, options)
    pids.push(child.pid ?? 0)
    return child
  },
})
await runner.start()
const [, , body = ''] = process.argv
if (body !== '') {
  const job = await makeJob(handler(body), { limits: ENDLESS })
  runner.run(job).catch(() => undefined)
}
process.stdout.write(`${pids.map(innermost).join(' ')}\n`)
setInterval(() => undefined, 1000)
