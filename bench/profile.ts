import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { parseArgs } from 'node:util'
import { fn, up } from '../examples/demo/fn.ts'

/**
 * Where the processor time of a remote call goes: a caller and a runner in processes of their own on loopback, both under V8's
 * profiler. Prints for each side what one call costs, and the files and functions in which it is spent themselves, in µs per call.
 *
 *     node --conditions=hither-source bench/profile.ts [--calls 20000] [--at-once 16] [--rows 30] [--keep DIR]
 */

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    'at-once': { type: 'string', default: '16' },
    rows: { type: 'string', default: '30' },
    /** Where the profiles stay, for a viewer. */
    keep: { type: 'string' },
  },
})
const calls = Number(options.calls)
const rows = Number(options.rows)

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CALLER = fileURLToPath(new URL('children/profiled-caller.ts', import.meta.url))
const HANDLER = `export default () => new Response('ok')\n`

const folder = await mkdtemp(join(tmpdir(), 'hither-profile-'))
const profiles = options.keep ?? folder
const maps = new Map<string, SourceMap | undefined>()
const profiling = (side: string): string => `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${join(profiles, side)}`
try {
  const runner = await up(['--host', '127.0.0.1', '--port', '0', '--no-mdns', '--volunteer'], {
    home: join(folder, 'runner-home'),
    env: { NODE_OPTIONS: profiling('runner') },
  })
  try {
    await writeFile(join(folder, 'hello.ts'), HANDLER)
    const deployed = await fn(['deploy', 'hello.ts', '--json'], { home: runner.home, cwd: folder })
    const { cid } = JSON.parse(deployed.stdout) as { cid: string }
    const [address = ''] = runner.status.addresses
    const args = [join(folder, 'caller-home'), address, cid, options.calls, options['at-once'], String(runner.pid)]
    const child = spawn(process.execPath, ['--conditions=hither-source', CALLER, ...args], {
      env: { ...process.env, NODE_OPTIONS: profiling('caller') },
      stdio: 'inherit',
    })
    const [code] = (await once(child, 'exit')) as [number]
    if (code !== 0) throw new Error(`the caller ended with ${code}`)
  } finally {
    await runner.end()
  }
  for (const side of ['caller', 'runner']) {
    const spent = await largest(join(profiles, side))
    print(
      `${side}, by file`,
      summed(spent, ({ file }) => file),
    )
    print(
      `${side}, by function`,
      summed(spent, ({ file, name, line }) => `${name}  ${file}:${line}`),
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

interface Spent {
  file: string
  name: string
  line: number
  /** Of the function itself, without what it calls, in µs. */
  us: number
}

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Of a process's children that were profiled too, such as those that build, the one that ran longest is the process itself. */
async function largest(directory: string): Promise<Spent[]> {
  const texts = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')))
  const [text = ''] = texts.toSorted((a, b) => b.length - a.length)
  const { nodes, samples, timeDeltas } = JSON.parse(text) as Profile
  const spent = new Map(nodes.map(({ id, callFrame }) => [id, { ...placed(callFrame), us: 0 }]))
  for (const [i, id] of samples.entries()) {
    const node = spent.get(id)
    if (node !== undefined) node.us += timeDeltas[i] ?? 0
  }
  return [...spent.values()].filter(({ name }) => name !== '(idle)' && name !== '(program)')
}

function placed(frame: Profile['nodes'][number]['callFrame']): Omit<Spent, 'us'> {
  const { url, line } = sourceOf(frame)
  const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url
  return { file: file.replace(/^.*node_modules\//, ''), name: frame.functionName || '(anonymous)', line: line + 1 }
}

/** The command is in a few files, made of many. */
function sourceOf({ url, lineNumber, columnNumber }: Profile['nodes'][number]['callFrame']): {
  url: string
  line: number
} {
  const entry = mapOf(url)?.findEntry(lineNumber, columnNumber)
  if (entry === undefined || !('originalSource' in entry)) return { url, line: lineNumber }
  return { url: new URL(entry.originalSource, url).href, line: entry.originalLine }
}

function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) {
    const file = url.startsWith('file:') ? new URL(`${url}.map`) : undefined
    const there = file !== undefined && existsSync(file)
    maps.set(url, there ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload) : undefined)
  }
  return maps.get(url)
}

function summed(spent: Spent[], by: (one: Spent) => string): [string, number][] {
  const sums = new Map<string, number>()
  for (const one of spent) sums.set(by(one), (sums.get(by(one)) ?? 0) + one.us)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

function print(title: string, sums: [string, number][]): void {
  process.stdout.write(`\n${title}, µs per call\n`)
  for (const [what, us] of sums.slice(0, rows))
    process.stdout.write(`${(us / calls).toFixed(2).padStart(8)}  ${what}\n`)
}
