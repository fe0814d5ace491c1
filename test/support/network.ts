import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectControl, homePaths, type ControlClient } from '@hither/peer'
import { expect, onTestFinished } from 'vitest'
import { fn, fnJson, up, type FnOptions, type FnResult, type RunningPeer } from '../../examples/demo/fn.ts'

/** Real peers on loopback for one test: each a process with a home of its own; all end with the test. */
export interface TestNetwork {
  /** A folder that goes with the test. */
  folder: string
  /** A home folder by name; the same name gives the same folder. */
  home(name: string): string
  /** The publisher key of a home. */
  publisher(name: string): Promise<string>
  /** Starts a peer that stays: without mDNS, on a free port of loopback. Those it is `joining` are linked and measured by then. */
  up(name: string, args?: string[], options?: Partial<FnOptions>): Promise<RunningPeer>
  /** The same on a port that is known beforehand. */
  upAt(name: string, port: number, args: string[]): Promise<RunningPeer>
  /** Starts a peer as a user would, with mDNS: only ever on a host of the lab. */
  upOnLan(
    name: string,
    args: string[],
    options: { inside: string[]; env?: Record<string, string> },
  ): Promise<RunningPeer>
  fn(name: string, args: string[], options?: Partial<FnOptions>): Promise<FnResult>
  /** With --json, parsed; throws where the command fails. */
  json<T>(name: string, args: string[], options?: Partial<FnOptions>): Promise<T>
  /** With --json, for a command that must fail: the error it printed. */
  error(name: string, args: string[], options?: Partial<FnOptions>): Promise<PrintedError>
}

interface PrintedError {
  exitCode: number
  name: string
  code: string
  message: string
  why?: string
  fix?: string
  data?: Record<string, unknown>
}

/** Where what a test started is ended: with the test, or later, where several share it. */
export type AtEnd = (end: () => void | Promise<void>) => void

export async function testNetwork(atEnd: AtEnd = onTestFinished): Promise<TestNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-test-'))
  const running: RunningPeer[] = []
  atEnd(async () => {
    await Promise.all(running.map((peer) => peer.end('SIGKILL')))
    await rm(folder, { recursive: true, force: true })
  })
  const home = (name: string): string => join(folder, name)
  const options = (name: string, more: Partial<FnOptions> = {}): FnOptions => ({ home: home(name), ...more })
  const keep = async (starting: Promise<RunningPeer>): Promise<RunningPeer> => {
    const peer = await starting
    running.push(peer)
    return peer
  }
  const linked = async (peer: RunningPeer, args: string[]): Promise<RunningPeer> => {
    const wanted = running.filter(({ status }) => status.addresses.some((address) => args.includes(address)))
    if (wanted.length > 0) await measured(peer, wanted)
    return peer
  }
  return {
    folder,
    home,
    publisher: async (name) => (await fnJson<{ publisher: string }>(['id'], options(name))).publisher,
    up: async (name, args = [], more = {}) =>
      linked(await keep(up(['--host', '127.0.0.1', '--port', '0', '--no-mdns', ...args], options(name, more))), args),
    upAt: async (name, port, args) =>
      linked(
        await keep(up(['--host', '127.0.0.1', '--port', String(port), '--no-mdns', ...args], options(name))),
        args,
      ),
    upOnLan: (name, args, more) => keep(up(args, options(name, more))),
    fn: (name, args, more) => fn(args, options(name, more)),
    json: (name, args, more) => fnJson(args, options(name, more)),
    async error(name, args, more) {
      const { code, stdout, stderr } = await fn([...args, '--json'], options(name, more))
      const { error } = JSON.parse(stdout || '{}') as { error?: Omit<PrintedError, 'exitCode'> }
      if (error === undefined) throw new Error(`fn ${args.join(' ')} did not fail: ${code} ${stdout}${stderr}`)
      return { exitCode: code, ...error }
    },
  }
}

/** A peer is up before its links are; whoever calls through it at once would have to hurry it. */
async function measured(peer: RunningPeer, wanted: RunningPeer[]): Promise<void> {
  const control = await connected(peer)
  const near = async (): Promise<string[]> =>
    (await control.peers()).filter(({ rttMs }) => rttMs !== undefined).map((link) => link.peer)
  const peers = wanted.map(({ status }) => status.peer)
  await expect.poll(near, { timeout: 20_000, interval: 20 }).toEqual(expect.arrayContaining(peers))
  control.close()
}

async function connected({ home }: RunningPeer): Promise<ControlClient> {
  const control = await connectControl(homePaths(home).socket)
  if (control === undefined) throw new Error(`no peer answers in ${home}`)
  return control
}

/** What commands speak to: at once, where the start of a command would take its time. Closed with the test. */
export async function controlOf(peer: RunningPeer): Promise<ControlClient> {
  const control = await connected(peer)
  onTestFinished(() => control.close())
  return control
}

/** Flags by which a command or a peer joins these peers and nobody else. */
export function joining(...peers: RunningPeer[]): string[] {
  return ['--no-mdns', ...peers.flatMap(({ status }) => ['--bootstrap', status.addresses[0] ?? ''])]
}
