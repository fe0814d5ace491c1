import { execFile } from 'node:child_process'
import { access, constants, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AtEnd } from '../measure/at-end.ts'

/** What a user would pick instead. The packages ship their binaries; they are the benchmarks' alone, so the benchmarks install them. */
const PACKAGES = {
  workerd: { version: '1.20261117.1', scope: '@cloudflare', binary: 'bin/workerd' },
  deno: { version: '2.9.6', scope: '@deno', binary: 'deno' },
  bun: { version: '1.4.5', scope: '@oven', binary: 'bin/bun' },
} as const

export type Reference = keyof typeof PACKAGES

export const VERSIONS: Record<string, string> = Object.fromEntries(
  Object.entries(PACKAGES).map(([name, { version }]) => [name, version]),
)

/** A binary, or why there is none here. */
export type Installed = { binary: string } | { missing: string }

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/hither-bench/', import.meta.url))
const INSTALL_MAX_MS = 300_000

/** Installs a reference once, at its exact version. Without a network, or on a platform that it does not support, says so. */
export async function installed(name: Reference, atEnd: AtEnd): Promise<Installed> {
  const { version } = PACKAGES[name]
  const folder = join(FOLDER, `${name}-${version}`)
  const found = await find(name, folder)
  if (found !== undefined) return { binary: found }
  // What an install that was cut short has left, npm takes for whole.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  // npm would else take the nearest package.json above for its own.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const over = new AbortController()
  atEnd(() => over.abort())
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`],
      { timeout: INSTALL_MAX_MS, cwd: folder, signal: over.signal },
    )
  } catch (error) {
    return { missing: `npm could not install ${name} ${version}: ${causeOf(error)}` }
  }
  const binary = await find(name, folder)
  return binary === undefined
    ? { missing: `${name} ${version} has no binary for ${process.platform} ${process.arch}` }
    : { binary }
}

/** npm installs only the packages that fit this platform; of several that do, the plainest comes first. */
async function find(name: Reference, folder: string): Promise<string | undefined> {
  const { scope, binary } = PACKAGES[name]
  const base = join(folder, 'node_modules', scope)
  const packages = await readdir(base).catch(() => [])
  for (const one of packages.sort((a, b) => a.length - b.length)) {
    const path = join(base, one, process.platform === 'win32' ? `${binary}.exe` : binary)
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (usable) return path
  }
  return undefined
}

/** npm's first error says what kind it is; what follows is advice. */
function causeOf(error: unknown): string {
  const { stderr = '', message = '' } = error as { stderr?: string; message?: string }
  return stderr.split('\n').find((line) => line.startsWith('npm error')) ?? message
}
