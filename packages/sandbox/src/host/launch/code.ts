import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Bind } from './command.ts'

/** Everything that a sandbox process reads from disk, by its paths. */
export interface Code {
  node: string
  /** isolated-vm's binary. */
  addon: string
  /** The web platform that is evaluated in isolates. */
  runtime: string
  programs: Record<Program, string>
  /** What `main` runs in a thread beside it: the Web Cryptography API. */
  worker: string
  /** Makes a snapshot of the runtime, before any wall: it runs nothing of a user's. */
  snapshot: string
  /** Shared libraries, by the names that the loader looks for. Empty where that is not known. */
  libraries: readonly string[]
}

/** `main` serves; `sight` looks around in its place. */
export type Program = 'main' | 'sight'

/** Where things are behind a wall. `runtime` must lie as it does outside, seen from the programs. */
const INSIDE: Omit<Code, 'libraries' | 'snapshot'> = {
  node: '/node',
  addon: '/hither/isolated-vm.node',
  runtime: '/hither/dist/guest/runtime.js',
  programs: { main: '/hither/dist/jail/main.mjs', sight: '/hither/dist/jail/sight.mjs' },
  worker: '/hither/dist/jail/worker.mjs',
}

/** What lies in this package, from its sources, its build and what bundles it alike. Programs are run from their build. */
const own = createRequire(createRequire(import.meta.url).resolve('@hither/sandbox/package.json'))

let found: Code | undefined

/** Finds it on this machine, once. */
export function findCode(): Code {
  return (found ??= look())
}

function look(): Code {
  const built = (path: string): string => own.resolve(`./dist/${path}`)
  return {
    node: process.execPath,
    addon: findAddon(),
    runtime: built('guest/runtime.js'),
    programs: { main: built('jail/main.mjs'), sight: built('jail/sight.mjs') },
    worker: built('jail/worker.mjs'),
    snapshot: built('jail/snapshot.mjs'),
    libraries: findLibraries(),
  }
}

/** The same from behind a wall, where nothing tells of this machine's folders. */
export function insideOf({ libraries, snapshot }: Code): Code {
  return { ...INSIDE, libraries, snapshot }
}

/** What a wall must let through, read-only: single files, no folders. */
export function bindsOf(code: Code): Bind[] {
  const { programs } = code
  return [
    ...code.libraries.map((path) => ({ from: path, to: path })),
    { from: code.node, to: INSIDE.node },
    { from: code.addon, to: INSIDE.addon },
    { from: code.runtime, to: INSIDE.runtime },
    { from: programs.main, to: INSIDE.programs.main },
    { from: programs.sight, to: INSIDE.programs.sight },
    { from: code.worker, to: INSIDE.worker },
  ]
}

/** Where it is not, the process that looks for it says so. */
function findAddon(): string {
  try {
    const entry = own.resolve('isolated-vm')
    // How isolated-vm finds it itself.
    const find = createRequire(entry)('node-gyp-build') as { path(folder: string): string }
    return find.path(dirname(entry))
  } catch (cause) {
    return `/isolated-vm is not installed: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}

/** Those of this very process, which runs the same Node; of its addons nothing is needed. */
function findLibraries(): string[] {
  const report = process.report as typeof process.report & { excludeNetwork: boolean }
  const before = report.excludeNetwork
  // Else it would look up names.
  report.excludeNetwork = true
  try {
    const { sharedObjects } = report.getReport() as unknown as { sharedObjects: string[] }
    return sharedObjects.filter((path) => path.startsWith('/') && !path.endsWith('.node'))
  } finally {
    report.excludeNetwork = before
  }
}
