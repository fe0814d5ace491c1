import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundler } from '@hither/bundle'
import { openPeer } from '@hither/peer'
import { aloneIn } from './alone.ts'

/** A peer that deploys one function after another, and says on stdout what is acknowledged, for a parent that kills it. */
const [home = '', start = '0'] = process.argv.slice(2)
const silent = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}])) as never
const peer = await openPeer(aloneIn(home), { log: silent, bundler: bundler() })
const entry = join(home, 'handler.ts')
for (let number = Number(start); ; number++) {
  await writeFile(entry, `export default () => new Response('${number}')`)
  // Each is the next record of a name, and the first of another.
  for (const name of ['moved', `new-${number}`]) {
    const { cid, sequence } = await peer.deploy({ entry, name, message: String(number) })
    process.stdout.write(`${name} ${sequence} ${cid}\n`)
  }
}
