import type { ChildProcess, SpawnOptions } from 'node:child_process'
import type { Duplex } from 'node:stream'
import {
  fromWire,
  HitherError,
  readError,
  toHitherError,
  WHOLE_BODY_MAX_BYTES,
  type Frame,
  type Profile,
} from '@hither/core'
import { channel, type Channel } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { Message } from '../ipc/messages.ts'
import { PIPE_FD, sandboxCommand } from './command.ts'
import { lowestPriority } from './priority.ts'
import { READY_MAX_MS, STDERR_MAX_CHARS } from './limits.ts'
import { probe, type Probe } from './proc.ts'
import type { Timers } from './timers.ts'

export type Spawn = (file: string, args: string[], options: SpawnOptions) => ChildProcess

/** What becomes of a process, told to whoever holds it. */
interface ProcessEvents {
  /** A message as it came, its head unread. A `bad-message` thrown here ends the process. */
  onMessage(message: Message): void
  /** It is gone, once and for all; everything that it still wrote was delivered before. */
  onExit(why: string): void
}

/** One child process and the pipe to it. Frames may be sent before it is ready. */
export interface SandboxProcess {
  readonly pid: number
  readonly probe: Probe
  /** Memory of its own before anything was loaded, in bytes; 0 where it cannot be measured. */
  readonly baseBytes: number
  /** Resolves when it can serve. Rejects with `unsupported` or `internal` when it never will. */
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  send(frames: readonly Frame[]): void
  /** A spare is started without anyone to tell; its holder comes later, before the first frame goes out. */
  hold(events: ProcessEvents): void
  /** At once, whatever it does. */
  kill(): void
}

export interface ProcessInit {
  spawn: Spawn
  timers: Timers
  profile: Profile
}

export function startProcess(init: ProcessInit): SandboxProcess {
  return new Child(init)
}

class Child implements SandboxProcess {
  readonly pid: number
  readonly probe: Probe
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  baseBytes = 0
  private readonly child: ChildProcess
  private readonly pipe: Channel | undefined
  private readonly readiness = Promise.withResolvers<void>()
  private readonly end = Promise.withResolvers<void>()
  private readonly stopWaiting: () => void
  private events: ProcessEvents | undefined
  private stderr = ''
  private finished = false
  /** Why it was given up, where that was not its own doing. */
  private broken: string | undefined

  constructor({ spawn, timers, profile }: ProcessInit) {
    const { file, args, options } = sandboxCommand(profile)
    this.child = spawn(file, args, options)
    this.ready = this.readiness.promise
    // Whoever starts a process awaits its readiness only sometimes; its end is told in any case.
    this.ready.catch(() => {})
    this.exited = this.end.promise
    this.pid = this.child.pid ?? 0
    this.probe = probe(this.pid)
    this.stopWaiting = timers.after(READY_MAX_MS, () => this.give('it was not ready in time'))
    this.pipe = this.connect()
    this.child.on('error', (error) => this.finish(`it could not be started: ${error.message}`))
    this.child.on('close', (code, signal) => this.finish(this.broken ?? lastWords(code, signal)))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_MAX_CHARS)
    })
  }

  send(frames: readonly Frame[]): void {
    this.pipe?.send(frames)
  }

  hold(events: ProcessEvents): void {
    this.events = events
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }

  private connect(): Channel | undefined {
    const stream = this.child.stdio[PIPE_FD] as Duplex | null | undefined
    // Where the start itself failed there are no pipes, and `error` follows.
    if (stream === null || stream === undefined) return undefined
    // Without a listener, the pipe's reset by a process that dies would be thrown at us.
    this.child.stdin?.on('error', () => {})
    return channel({
      stream,
      maxBodyBytes: WHOLE_BODY_MAX_BYTES,
      onMessage: (message) => {
        if (message.type === FRAME.ready) this.greet(message)
        else this.events?.onMessage(message)
      },
      onEnd: (error) =>
        this.give(error === undefined ? undefined : `it broke the protocol: ${toHitherError(error).message}`),
    })
  }

  private greet({ head }: Message): void {
    this.stopWaiting()
    if (head.has('error')) {
      this.readiness.reject(fromWire(readError(head.raw('error'))))
      return this.give('it cannot serve')
    }
    this.baseBytes = this.probe.read()?.memoryBytes ?? 0
    // Only now, so that a busy machine does not starve the start: all that ran until here was our own code.
    lowestPriority(this.pid)
    this.readiness.resolve()
  }

  private give(why: string | undefined): void {
    this.broken ??= why
    this.kill()
  }

  private finish(why: string): void {
    if (this.finished) return
    this.finished = true
    this.stopWaiting()
    this.readiness.reject(
      new HitherError('internal', 'a sandbox process did not start', {
        why: this.stderr.trim() === '' ? why : `${why}; it wrote: ${this.stderr.trim()}`,
        fix: 'check that this machine has memory and processes to spare, and that Node.js 24 runs here',
      }),
    )
    this.probe.close()
    this.events?.onExit(why)
    this.events = undefined
    this.end.resolve()
  }
}

function lastWords(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`
}
