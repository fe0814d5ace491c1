/**
 * What code does that broke out of V8: it runs in place of a sandbox, behind the same layers, with all of Node in its hands.
 * It is told what there would be to find, tries each thing, and says how that went. It does no harm where nothing stops it.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, Socket, type NetConnectOpts } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Worker } from 'node:worker_threads'

/** What is there outside. */
export interface Outside {
  parentPid: number
  passwd: string
  home: string
  keyFile: string
  dataFolder: string
  /** A folder that anybody may write to. */
  commonFolder: string
  /** What the parent's environment holds, and nobody else's may. */
  secret: string
  tcpPort: number
  udpPort: number
  unixSocket: string
  /** Node, where it is behind the walls. */
  node: string
  abstractSocket: string
}

/** What was tried, and what kept it from happening: an error's code; null where nothing did. */
export type Findings = Record<string, string | null>

const PIPE_FD = 3
const THREADS_TRIED = 120
const PROCESSES_TRIED = 12

const pipe = new Socket({ fd: PIPE_FD })
pipe.write('ready\n')
const [asked] = (await once(pipe, 'data')) as [Buffer]
const outside = JSON.parse(asked.toString()) as Outside
const findings: Findings = {}

async function attempt(what: string, act: () => unknown): Promise<void> {
  try {
    await act()
    findings[what] = null
  } catch (error) {
    const { code, message, info } = error as NodeJS.ErrnoException & { info?: { code?: string } }
    findings[what] = info?.code ?? code ?? message
  }
}

function nothingOf(text: string): void {
  if (!text.includes(outside.secret)) throw new Error('the secret is not in it')
}

async function reach(options: NetConnectOpts): Promise<void> {
  const socket = connect(options)
  await once(socket, 'connect')
  socket.destroy()
}

/** Ends with its stdin, and so with this process. */
async function start(file: string, args: string[]): Promise<void> {
  // Pipes, since what is ignored takes a /dev/null.
  const child = spawn(file, args, { stdio: 'pipe' })
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {})
  await once(child, 'spawn')
}

function create(path: string): void {
  writeFileSync(path, 'escaped')
  rmSync(path)
}

const { parentPid } = outside

await attempt('read /etc/passwd', () => readFileSync(outside.passwd))
await attempt('list the home folder', () => readdirSync(outside.home))
await attempt('read the peer’s key', () => readFileSync(outside.keyFile))
await attempt('list the peer’s data', () => readdirSync(outside.dataFolder))
await attempt('list /tmp', () => readdirSync('/tmp'))
await attempt('list /dev', () => readdirSync('/dev'))
await attempt('list /sys', () => readdirSync('/sys'))

await attempt('read the parent’s environment', () => nothingOf(readFileSync(`/proc/${parentPid}/environ`, 'latin1')))
await attempt('read the parent’s command', () => readFileSync(`/proc/${parentPid}/cmdline`))
await attempt('open the parent’s memory', () => closeSync(openSync(`/proc/${parentPid}/mem`, 'r+')))
await attempt('find the secret in /proc/1/environ', () => nothingOf(readFileSync('/proc/1/environ', 'latin1')))
await attempt('find the secret in /proc/self/environ', () => nothingOf(readFileSync('/proc/self/environ', 'latin1')))
await attempt('find the secret in the environment', () => nothingOf(JSON.stringify(process.env)))
await attempt('list processes', () => readdirSync('/proc'))
await attempt('signal the parent', () => process.kill(parentPid, 0))
await attempt('slow the parent down', async () => {
  const { setPriority } = await import('node:os')
  setPriority(parentPid, 1)
})

await attempt('connect by TCP', () => reach({ port: outside.tcpPort, host: '127.0.0.1' }))
await attempt('connect by a UNIX socket', () => reach({ path: outside.unixSocket }))
await attempt('connect by an abstract socket', () => reach({ path: outside.abstractSocket }))
await attempt('send by UDP', async () => {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject)
      socket.send('escaped', outside.udpPort, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)))
    })
  } finally {
    socket.close()
  }
})
await attempt('see a network', () => {
  if (Object.keys(networkInterfaces()).length === 0) throw new Error('there is none')
})

await attempt('write to the root', () => create('/escaped'))
await attempt('write to a common folder', () => create(`${outside.commonFolder}/escaped`))
await attempt('write to /tmp', () => create('/tmp/hither-escaped'))
await attempt('write to /dev/shm', () => create('/dev/shm/hither-escaped'))
await attempt('change its own code', () => closeSync(openSync(process.argv[1] ?? '', 'r+')))
await attempt('change Node', () => closeSync(openSync(outside.node, 'r+')))

await attempt('start a shell', () => start('/bin/sh', ['-c', 'exit']))
await attempt('start Node again', () => start(outside.node, ['--version']))
await attempt(`start ${PROCESSES_TRIED} processes`, async () => {
  for (let i = 0; i < PROCESSES_TRIED; i++) await start(outside.node, ['-e', 'process.stdin.resume()'])
})

const threads: Worker[] = []
await attempt(`have ${THREADS_TRIED} threads`, async () => {
  while (threads.length < THREADS_TRIED) {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    threads.push(worker)
    await Promise.race([
      once(worker, 'online'),
      once(worker, 'error').then(([error]) => Promise.reject(error as Error)),
    ])
  }
})

pipe.write(`${JSON.stringify({ findings, root: readdirSync('/') })}\n`)
// Until it is ended: its threads are counted from outside.
setInterval(() => undefined, 1000)
