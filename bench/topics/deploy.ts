import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { connectControl, homePaths } from '@hither/peer'
import { part, type AtEnd } from '../measure/at-end.ts'
import { median } from '../measure/numbers.ts'
import { peers } from '../measure/peers.ts'
import { rested } from '../measure/rested.ts'
import { interleaved } from '../measure/rounds.ts'
import type { Measure } from '../report/report.ts'
import type { Bench, Findings, Topic } from './topic.ts'

/** From the save of a handler to an answer of the new one, beside esbuild alone, which is warm as well. */

type Way = 'esbuild alone' | 'fn dev' | 'fn deploy' | 'a running peer'

/** Of these, the first in a quick run. */
const HANDLERS: Record<string, (mark: string) => string> = {
  'one-file': (mark) => `export default { fetch: () => new Response(${JSON.stringify(mark)}) }\n`,
  'hono-zod': (mark) =>
    `import { Hono } from 'hono'
import { z } from 'zod'
const order = z.object({ item: z.string().min(1) })
const app = new Hono()
app.get('/', (c) => c.text(order.parse({ item: ${JSON.stringify(mark)} }).item))
export default app\n`,
}

const WHAT: Record<Way, string> = {
  'esbuild alone': 'esbuild alone, from save to bundle',
  'fn dev': 'fn dev, from save to answer',
  'a running peer': 'a deploy by a running peer, from save to answer',
  'fn deploy': 'the command fn deploy through a running peer, from save to answer',
}

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fn.js', import.meta.url))
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** As the product bundles: one minified module with its map, as values. */
const ESBUILD = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2024',
  platform: 'browser',
  sourcemap: 'external',
  outdir: 'out',
  write: false,
  logLevel: 'silent',
} as const

export const topic: Topic = {
  async run(bench) {
    const findings: Findings = { figures: [], measures: [] }
    for (const [name, sourceOf] of Object.entries(HANDLERS).slice(0, bench.quick ? 1 : undefined)) {
      bench.note(name)
      const ms = await part(bench.atEnd, (atEnd) => measured(name, sourceOf, { ...bench, atEnd }))
      const alone = ms['esbuild alone']
      // What others can call from then on: fn dev keeps, signs and publishes nothing.
      if (name === 'one-file') {
        const reference = { name: 'esbuild alone', value: alone }
        findings.figures.push({ id: 'deploy-over-esbuild', value: ms['a running peer'] - alone, reference })
      }
      findings.measures.push(...measuresOf(name, ms))
    }
    return findings
  },
}

async function measured(
  name: string,
  sourceOf: (mark: string) => string,
  { atEnd, rounds, random }: Bench,
): Promise<Record<Way, number>> {
  const net = await peers(atEnd)
  await symlink(MODULES, join(net.folder, 'node_modules'))
  // Of its own, so that what watches it sleeps while the others are measured.
  const watched = await project(join(net.folder, 'watched'), sourceOf)
  const plain = await project(join(net.folder, 'plain'), sourceOf)
  const dev = await served(watched.folder, atEnd)
  const peer = await net.up('peer', ['--volunteer'])
  const control = await connectControl(homePaths(peer.home).socket)
  if (control === undefined) throw new Error('the peer does not answer')
  atEnd(() => control.close())
  const url = `${peer.status.gateway}/fn/${name}/`

  const { entry } = plain
  const ways: Record<Way, () => Promise<number>> = {
    'esbuild alone': () => timed(plain, async () => void (await build({ ...ESBUILD, entryPoints: [entry] }))),
    'fn dev': () =>
      timed(watched, async (mark) => {
        await dev.built()
        await expectAnswer(dev.url, mark)
      }),
    'a running peer': () =>
      timed(plain, async (mark) => {
        await control.deploy({ entry, name })
        await expectAnswer(url, mark)
      }),
    'fn deploy': () =>
      timed(plain, async (mark) => {
        await net.fn('peer', ['deploy', entry, '--name', name])
        await expectAnswer(url, mark)
      }),
  }
  // Nobody saves again while the isolate for the next is still being booted: that is not a part of any deploy.
  const alone = Object.fromEntries(Object.entries(ways).map(([way, run]) => [way, () => rested(run)]))
  for (const run of Object.values(alone)) await run()
  const found = await interleaved(alone, rounds, random)
  return Object.fromEntries(Object.entries(found).map(([way, ms]) => [way, median(ms)])) as Record<Way, number>
}

interface Project {
  folder: string
  entry: string
  /** Saves the handler anew; gives what it answers from now on. */
  save(): Promise<string>
}

async function project(folder: string, sourceOf: (mark: string) => string): Promise<Project> {
  await mkdir(folder)
  const entry = join(folder, 'handler.ts')
  let saves = 0
  const save = async (): Promise<string> => {
    const mark = `save ${++saves}`
    await writeFile(entry, sourceOf(mark))
    return mark
  }
  await save()
  return { folder, entry, save }
}

async function timed(saved: Project, run: (mark: string) => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await run(await saved.save())
  return performance.now() - startedAt
}

/** Throws where the function that answers is an older one. */
async function expectAnswer(url: string, mark: string): Promise<void> {
  const text = await (await fetch(url)).text()
  if (text !== mark) throw new Error(`${url} answered "${text}" after ${mark}`)
}

/** `fn dev` in a folder. */
async function served(folder: string, atEnd: AtEnd): Promise<{ url: string; built(): Promise<void> }> {
  const child = spawn(process.execPath, [BIN, 'dev', '--json', '--port', '0'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  atEnd(async () => {
    child.kill('SIGKILL')
    await gone
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (type: string): Promise<{ type: string; url?: string }> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`fn dev ended before "${type}"`)
      const event = JSON.parse(value) as { type: string; url?: string }
      if (event.type === type) return event
    }
  }
  const { url = '' } = await next('ready')
  return { url, built: async () => void (await next('built')) }
}

function measuresOf(name: string, ms: Record<Way, number>): Omit<Measure, 'topic'>[] {
  const alone = { name: 'esbuild alone', value: ms['esbuild alone'] }
  return (Object.keys(ms) as Way[]).map((way) => ({
    id: `deploy/${name}/${way.replaceAll(' ', '-')}`,
    what: `${name}: ${WHAT[way]}`,
    value: ms[way],
    unit: 'ms',
    ...(way !== 'esbuild alone' && { reference: alone }),
  }))
}
