import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fnJson, up as startPeer, type RunningPeer } from '../../examples/demo/fn.ts'
import type { AtEnd } from './at-end.ts'

/** Real peers on loopback, without mDNS: each a process with a home folder of its own, ended and removed at the end. */
export interface Peers {
  /** A folder that is removed at the end. */
  readonly folder: string
  home(name: string): string
  /** The publisher key of a home. */
  publisher(name: string): Promise<string>
  /** `fn up` on a free port; `more` is what it alone has in its environment. */
  up(name: string, args?: string[], more?: Record<string, string>): Promise<RunningPeer>
  /** An `fn` command with --json; throws where it fails. */
  fn<T>(name: string, args: string[]): Promise<T>
}

const COMMAND_MAX_MS = 120_000
/** With 0.1 s more between each two. */
const RETRIES = 5

/** @param env What they have in their environment, beside `PATH`. */
export async function peers(atEnd: AtEnd, env: Record<string, string> = {}): Promise<Peers> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-bench-'))
  // Whoever is being ended may still write to it.
  atEnd(() => rm(folder, { recursive: true, force: true, maxRetries: RETRIES }))
  // One that has ended is forgotten: of a soak that kills one every half a minute each would keep 10 KB.
  const living = new Set<RunningPeer>()
  // Of each peer until it is there, and of each command until its end.
  const starting = new Set<Promise<unknown>>()
  const over = new AbortController()
  const { signal } = over
  atEnd(async () => {
    over.abort()
    await Promise.allSettled(starting)
    await Promise.all([...living].map((peer) => peer.end('SIGKILL')))
  })
  async function noted<T>(running: Promise<T>): Promise<T> {
    starting.add(running)
    try {
      return await running
    } finally {
      starting.delete(running)
    }
  }
  const home = (name: string): string => join(folder, name)
  const fn = <T>(name: string, args: string[]): Promise<T> =>
    noted(fnJson<T>(args, { home: home(name), timeoutMs: COMMAND_MAX_MS, signal }))
  async function started(name: string, args: string[], more: Record<string, string>): Promise<RunningPeer> {
    const all = ['--host', '127.0.0.1', '--port', '0', '--no-mdns', ...args]
    const up = await startPeer(all, { home: home(name), env: { ...env, ...more }, signal })
    const peer: RunningPeer = {
      ...up,
      async end(how) {
        const code = await up.end(how)
        living.delete(peer)
        return code
      },
    }
    living.add(peer)
    return peer
  }
  return {
    folder,
    home,
    fn,
    publisher: async (name) => (await fn<{ publisher: string }>(name, ['id'])).publisher,
    up: (name, args = [], more = {}) => noted(started(name, args, more)),
  }
}

/** Flags by which a command or a peer joins these peers and nobody else. */
export function joining(...all: RunningPeer[]): string[] {
  return ['--no-mdns', ...all.flatMap((peer) => ['--bootstrap', addressOf(peer)])]
}

export function addressOf({ status }: RunningPeer): string {
  return status.addresses[0] ?? ''
}
