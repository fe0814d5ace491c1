import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripTypeScriptTypes } from 'node:module'
import { createInterface } from 'node:readline'
import { spawn } from 'node:child_process'
import type { Duplex, Writable } from 'node:stream'
import type { Profile } from '@hither/core'
import { onTestFinished } from 'vitest'
import { FILTER_FD, PIPE_FD } from '../../../packages/sandbox/src/host/launch/command.ts'
import { Launcher } from '../../../packages/sandbox/src/host/launch/launcher.ts'
import { thisMachine, type Machine } from '../../../packages/sandbox/src/host/launch/machine.ts'
import { childrenOf, innermost } from '../../../packages/sandbox/src/host/lineage.ts'
import { systemTimers } from '../../../packages/sandbox/src/host/timers.ts'
import type { Findings, Outside } from './escape.ts'

/** This machine with `escape.ts` in place of what runs in a sandbox, and without the tools that are hidden. */
export function escapist(hidden: readonly string[] = []): Machine {
  const folder = openFolder()
  const path = join(folder, 'escape.mjs')
  const source = readFileSync(new URL('escape.ts', import.meta.url), 'utf8')
  writeFileSync(path, stripTypeScriptTypes(source))
  const machine = thisMachine()
  const code = machine.code()
  return {
    ...machine,
    find: (tool) => (hidden.includes(tool) ? undefined : machine.find(tool)),
    code: () => ({ ...code, programs: { ...code.programs, main: path } }),
  }
}

/** What there is to be found, and whether somebody came by. */
export interface Lures {
  outside: Omit<Outside, 'node'>
  /** Connections and packets from somewhere. */
  seen: () => number
}

export async function lures(): Promise<Lures> {
  const folder = openFolder()
  const dataFolder = join(folder, 'data')
  mkdirSync(dataFolder)
  const keyFile = join(folder, 'peer.key')
  writeFileSync(keyFile, 'a key', { mode: 0o600 })
  // Of what this process was started with: what it sets later is in its own memory only.
  const started = readFileSync('/proc/self/environ', 'latin1').split('\0')
  const secret = started.toSorted((a, b) => b.length - a.length)[0] ?? ''
  let seen = 0
  const listen = async (where: object): Promise<Server> => {
    const server = createServer((socket) => {
      seen += 1
      socket.destroy()
    }).listen(where)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    return server
  }
  const tcp = await listen({ port: 0, host: '127.0.0.1' })
  const unixSocket = join(folder, 'socket')
  await listen({ path: unixSocket })
  chmodSync(unixSocket, 0o777)
  const abstractSocket = `\0hither-${process.pid}-${crypto.randomUUID()}`
  await listen({ path: abstractSocket })
  const udp = createSocket('udp4', () => (seen += 1)).bind(0, '127.0.0.1')
  onTestFinished(() => void udp.close())
  await once(udp, 'listening')
  return {
    seen: () => seen,
    outside: {
      parentPid: process.pid,
      passwd: '/etc/passwd',
      home: homedir(),
      keyFile,
      dataFolder,
      commonFolder: folder,
      secret,
      tcpPort: (tcp.address() as { port: number }).port,
      udpPort: udp.address().port,
      unixSocket,
      abstractSocket,
    },
  }
}

export interface Captive {
  findings: Findings
  /** The names in its root folder. */
  root: string[]
  /** Threads that it had at the end, those of its descendants included; and what it may have. */
  threads: number
  threadsMax: number
  /** Of the launchers in front of it, and of itself, in bytes. */
  residentBytes: number[]
  readyMs: number
}

/** Starts a process as a sandbox is started, with everything that is done to it from outside, and lets it try what it can. */
export async function tryToEscape(launcher: Launcher, profile: Profile, outside: Lures['outside']): Promise<Captive> {
  const launch = launcher.launch(profile)
  const { file, args, options, filter } = launch.command()
  const startedMs = performance.now()
  // The locks of Node are for those who are still inside V8.
  const unlocked = args.filter((arg) => !/^--(permission|allow-)/.test(arg))
  const child = spawn(file, unlocked, options)
  const closed = once(child, 'close')
  onTestFinished(() => void child.kill('SIGKILL'))
  const pipe = child.stdio[PIPE_FD] as Duplex
  ;(child.stdio[FILTER_FD] as Writable | undefined)?.end(filter)
  let complaints = ''
  child.stderr?.on('data', (bytes: Buffer) => (complaints += bytes.toString()))
  const lines = createInterface({ input: pipe })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`it ended too early: ${complaints}`)
    return value
  }
  await line()
  const readyMs = performance.now() - startedMs
  const pid = innermost(child.pid ?? 0)
  const release = await launch.confine(pid)
  const node = [file, ...args][args.findIndex((arg) => arg.startsWith('--no-node-snapshot'))]
  pipe.write(JSON.stringify({ ...outside, node }))
  const { findings, root } = JSON.parse(await line()) as Pick<Captive, 'findings' | 'root'>
  const chain = [...new Set([child.pid ?? 0, pid])]
  const captive = {
    findings,
    root,
    threads: threadsBelow(pid),
    threadsMax: Number(/Max processes +(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1]),
    residentBytes: chain.map(residentBytes),
    readyMs,
  }
  child.kill('SIGKILL')
  await closed
  release()
  return captive
}

export async function explored(machine: Machine, weakJail = false): Promise<Launcher> {
  const launcher = new Launcher({ machine, timers: systemTimers, memoryMb: () => 1024, weakJail })
  await launcher.explore()
  return launcher
}

function threadsBelow(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length + childrenOf(pid).reduce((sum, child) => sum + threadsBelow(child), 0)
}

function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hither-escape-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o777)
  return folder
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024
}
