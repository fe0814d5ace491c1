import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fnJson, up, type RunningPeer } from '../../examples/demo/fn.ts'
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

/** @param env What they have in their environment, beside `PATH`. */
export async function peers(atEnd: AtEnd, env: Record<string, string> = {}): Promise<Peers> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-bench-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  // One that has ended is forgotten: of a soak that kills one every half a minute each would keep 10 KB.
  const living = new Set<RunningPeer>()
  atEnd(async () => void (await Promise.all([...living].map((peer) => peer.end('SIGKILL')))))
  const home = (name: string): string => join(folder, name)
  return {
    folder,
    home,
    publisher: async (name) => (await fnJson<{ publisher: string }>(['id'], { home: home(name) })).publisher,
    async up(name, args = [], more = {}) {
      const all = ['--host', '127.0.0.1', '--port', '0', '--no-mdns', ...args]
      const started = await up(all, { home: home(name), env: { ...env, ...more } })
      const peer: RunningPeer = {
        ...started,
        end(signal) {
          living.delete(peer)
          return started.end(signal)
        },
      }
      living.add(peer)
      return peer
    },
    fn: (name, args) => fnJson(args, { home: home(name), timeoutMs: 120_000 }),
  }
}

/** Flags by which a command or a peer joins these peers and nobody else. */
export function joining(...all: RunningPeer[]): string[] {
  return ['--no-mdns', ...all.flatMap((peer) => ['--bootstrap', addressOf(peer)])]
}

export function addressOf({ status }: RunningPeer): string {
  return status.addresses[0] ?? ''
}
