import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Runs the `fn` command as a user would: a process of its own. */

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fn.js', import.meta.url))

export interface FnResult {
  code: number
  stdout: string
  stderr: string
}

export interface FnOptions {
  home: string
  stdin?: string | Uint8Array
  cwd?: string
  env?: Record<string, string>
  /** A command that runs the command, such as `ip netns exec host1`. */
  inside?: string[]
  /** Sends SIGINT, as Ctrl-C does, when this resolves. */
  interruptWhen?: Promise<unknown>
  /** Kills the command when it takes longer than this to end, or a peer to be ready; a hang must not hang whoever waits for it. */
  timeoutMs?: number
  /** Kills the command, or the peer, when it aborts. */
  signal?: AbortSignal
}

const END_MAX_MS = 30_000
/** A busy machine starts many peers at once. */
const READY_MAX_MS = 120_000

/** Runs a command to its end. Does not throw where it fails: look at the code. */
export async function fn(args: string[], options: FnOptions): Promise<FnResult> {
  const child = start(args, options)
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? END_MAX_MS)
  child.stdin?.on('error', () => {}) // A command may end without reading all that it is given.
  child.stdin?.end(options.stdin ?? '')
  void options.interruptWhen?.then(() => child.kill('SIGINT'))
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')])
  clearTimeout(timer)
  return { code: code as number, stdout, stderr }
}

/** Runs a command with --json and gives what it printed. Throws, with what it said, where it fails. */
export async function fnJson<T>(args: string[], options: FnOptions): Promise<T> {
  const { code, stdout, stderr } = await fn([...args, '--json'], options)
  if (code !== 0) throw new Error(`fn ${args.join(' ')} exited with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as T
}

/** A peer that runs until it is stopped. */
export interface RunningPeer {
  readonly pid: number
  /** What `fn up --json` printed when it was ready. */
  readonly status: { peer: string; publisher: string; addresses: string[]; listening: string[]; gateway?: string }
  /** The TCP port that it listens on. */
  readonly port: number
  readonly home: string
  /** What it wrote to stderr so far. */
  stderr(): string
  /** Sends a signal and waits for the end; gives the exit code, or null after a kill. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `fn up` and waits until it is ready. Its gateway is on a free port, since others of the same machine have theirs. */
export async function up(args: string[], options: FnOptions): Promise<RunningPeer> {
  const child = start(['up', '--json', '--gateway-port', '0', ...args], options)
  const closed = once(child, 'close')
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? READY_MAX_MS)
  let status: RunningPeer['status']
  try {
    status = await ready(child, () => stderr)
  } catch (error) {
    child.kill('SIGKILL')
    await closed
    throw error
  } finally {
    clearTimeout(timer)
  }
  return {
    pid: child.pid ?? 0,
    status,
    port: Number(/\/tcp\/(\d+)/.exec(status.listening[0] ?? '')?.[1]),
    home: options.home,
    stderr: () => stderr,
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      const [code] = await closed
      return code as number | null
    },
  }
}

function start(args: string[], { home, cwd, env, inside = [], signal }: FnOptions): ChildProcess {
  signal?.throwIfAborted()
  const [command = process.execPath, ...rest] = [...inside, process.execPath, BIN, ...args]
  const child = spawn(command, rest, {
    ...(cwd !== undefined && { cwd }),
    env: { PATH: process.env['PATH'] ?? '', ...env, HITHER_HOME: home },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const kill = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  child.once('close', () => signal?.removeEventListener('abort', kill))
  return child
}

/** The first JSON document on stdout, which `fn up` prints over several lines. */
async function ready(child: ChildProcess, stderr: () => string): Promise<RunningPeer['status']> {
  let stdout = ''
  if (child.stdout === null) throw new Error('no stdout')
  for await (const text of child.stdout.setEncoding('utf8')) {
    stdout += text
    if (!stdout.trimEnd().endsWith('\n}')) continue
    const document = JSON.parse(stdout) as RunningPeer['status'] & { error?: unknown }
    if (document.error !== undefined) break
    child.stdout.resume()
    return document
  }
  throw new Error(`fn up did not get ready: ${stdout}${stderr()}`)
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = ''
  for await (const chunk of stream?.setEncoding('utf8') ?? []) text += chunk
  return text
}
