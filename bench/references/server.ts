import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AtEnd } from '../measure/at-end.ts'
import { gone } from '../measure/gone.ts'
import { installed, type Reference } from './install.ts'
import { loading, serving } from './workerd.ts'

/** A server of something that hither is compared with. */
export interface Server {
  pid: number
  port: number
}

/** Why there is none here. */
export interface Missing {
  missing: string
}

const START_MAX_MS = 20_000
const LOOK_MS = 10

const NODE_SERVER = fileURLToPath(new URL('node-server.ts', import.meta.url))

/** How each is told to serve the module in a file. */
const ARGS: Record<Reference | 'node', (file: string, port: number) => string[] | Promise<string[]>> = {
  workerd: serving,
  deno: (file, port) => ['serve', '--quiet', '--no-check', '--host', '127.0.0.1', '--port', String(port), file],
  bun: (file, port) => ['--port', String(port), file],
  node: (file, port) => [NODE_SERVER, file, String(port)],
}

/** Serves the module in a file by one of them. */
export async function serveBy(name: Reference | 'node', file: string, atEnd: AtEnd): Promise<Server | Missing> {
  const found = name === 'node' ? { binary: process.execPath } : await installed(name, atEnd)
  if ('missing' in found) return found
  const port = await freePort()
  return start(found.binary, { args: await ARGS[name](file, port), port, home: dirname(file) }, atEnd)
}

/** workerd, which loads a worker of the module in a file for each request for `/new`. */
export async function loaderOf(file: string, atEnd: AtEnd): Promise<Server | Missing> {
  const found = await installed('workerd', atEnd)
  if ('missing' in found) return found
  const port = await freePort()
  return start(found.binary, { args: await loading(file, port), port, home: dirname(file) }, atEnd)
}

interface Starting {
  args: string[]
  port: number
  /** For what it keeps. */
  home: string
}

/** Resolves when it takes connections. */
async function start(binary: string, { args, port, home }: Starting, atEnd: AtEnd): Promise<Server | Missing> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, NODE_ENV: 'production', NO_COLOR: '1' }
  const child = spawn(binary, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = gone(child)
  atEnd(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (said += text))
  let why: string | undefined
  void ended.then((cause) => (why = cause))
  for (const giveUpAt = performance.now() + START_MAX_MS; !(await answers(port)); await pause(LOOK_MS)) {
    if (performance.now() > giveUpAt) why ??= `${START_MAX_MS / 1000} s have passed`
    if (why !== undefined) return { missing: `${basename(binary)} serves nothing: ${why} ${said}`.trim() }
  }
  return { pid: child.pid ?? 0, port }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
