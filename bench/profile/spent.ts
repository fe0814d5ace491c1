import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath, URL } from 'node:url'

/** Where a process was, as V8's profiler saw it. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const maps = new Map<string, SourceMap | undefined>()

export interface Spent {
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

export function spentIn(text: string): Spent[] {
  const { nodes, samples, timeDeltas } = JSON.parse(text) as Profile
  const spent = new Map(nodes.map(({ id, callFrame }) => [id, { ...placed(callFrame), us: 0 }]))
  for (const [i, id] of samples.entries()) {
    const node = spent.get(id)
    if (node !== undefined) node.us += timeDeltas[i] ?? 0
  }
  // Starting and stopping the profiler is in it, too.
  return [...spent.values()].filter(
    ({ name, file }) => name !== '(idle)' && name !== '(program)' && file !== 'node:inspector',
  )
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
