import type { ChildProcess } from 'node:child_process'
import type { Duplex, Writable } from 'node:stream'
import { fromWire, HitherError, readError, toHitherError, WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { channel, NOWHERE, type Channel, type Pipe } from '../ipc/channel.ts'
import { FRAME } from '../ipc/frames.ts'
import type { Message } from '../ipc/messages.ts'
import { FILTER_FD, PIPE_FD, type Command, type Spawn } from './launch/command.ts'
import type { Launch } from './launch/launcher.ts'
import { lowestPriority } from './priority.ts'
import { READY_MAX_MS, RELEASE_RETRY_MS, RELEASES_MAX, STDERR_MAX_CHARS } from './limits.ts'
import { innermost } from './lineage.ts'
import { probe, UNMEASURED, type Probe } from './proc.ts'
import { endOf, killLaunched, signalTo } from './signals.ts'
import type { Timers } from './timers.ts'

/** What becomes of a process, told to whoever holds it. */
interface ProcessEvents {
  /** A message as it came, its head unread. A `bad-message` thrown here ends the process. */
  onMessage(message: Message): void
  /** It is gone, once and for all; everything that it still wrote was delivered before. */
  onExit(why: string): void
}

/** One child process and the pipe to it. */
export interface SandboxProcess {
  /** Of the process that holds the isolates, as are its measures. 0 until it is ready. */
  readonly pid: number
  readonly probe: Probe
  /** Memory of its own before anything was loaded, in bytes; 0 where it cannot be measured. */
  readonly baseBytes: number
  /** Resolves when it can serve. Rejects with `unsupported` or `internal` when it never will. */
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  /** What is sent before it is ready goes out when it is. */
  readonly pipe: Pipe
  /** A spare is started without anyone to tell; its holder comes later, before anything is sent. */
  hold(events: ProcessEvents): void
  /** It may have written what is not read yet, since it has not rung. */
  readonly unheard: boolean
  /** What was sent leaves now, and not only when the event loop comes to its immediates. */
  flush(): void
  /** Has all that it has written by now read before the event loop comes to its immediates. */
  listen(): void
  /** It stands still until it is resumed, or killed. One that would do so for ever if this process died runs on. */
  suspend(): void
  resume(): void
  /** At once, whatever it does. */
  kill(): void
}

export interface ProcessInit {
  spawn: Spawn
  timers: Timers
  launch: Launch
}

export function startProcess(init: ProcessInit): SandboxProcess {
  return new Child(init)
}

class Child implements SandboxProcess {
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  readonly pipe: Channel
  pid = 0
  probe: Probe = UNMEASURED
  baseBytes = 0
  private readonly launch: Launch
  private readonly timers: Timers
  private readonly command: Command
  /** Undefined where it could not even be tried: its end is told as that of any other. */
  private readonly child: ChildProcess | undefined
  private readonly readiness = Promise.withResolvers<void>()
  private readonly end = Promise.withResolvers<void>()
  private readonly stopWaiting: () => void
  private events: ProcessEvents | undefined
  private stderr = ''
  private release = (): void => {}
  private finished = false
  private greeted = false
  /** Why it was given up, where that was not its own doing. */
  private broken: string | undefined

  constructor({ spawn, timers, launch }: ProcessInit) {
    this.launch = launch
    this.timers = timers
    this.command = launch.command()
    this.child = this.spawned(spawn)
    // Before its pipes are touched: where it was not started it may have none.
    this.child?.on('error', (error) => this.finish(`it could not be started: ${error.message}`))
    this.ready = this.readiness.promise
    // Whoever starts a process awaits its readiness only sometimes; its end is told in any case.
    this.ready.catch(() => {})
    this.exited = this.end.promise
    this.stopWaiting = timers.after(READY_MAX_MS, () => this.give('it was not ready in time'))
    this.pipe = this.connect()
    // What it wrote before it died comes first.
    this.child?.on('exit', () => this.pipe.listen(true))
    this.child?.on('close', (code, signal) => this.finish(this.broken ?? endOf(code, signal)))
    this.child?.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_MAX_CHARS)
    })
  }

  hold(events: ProcessEvents): void {
    this.events = events
  }

  get unheard(): boolean {
    return this.pipe.unheard
  }

  flush(): void {
    this.pipe.flush()
  }

  listen(): void {
    this.pipe.listen()
  }

  suspend(): void {
    if (this.command.tethered) this.signal('SIGSTOP')
  }

  resume(): void {
    this.signal('SIGCONT')
  }

  kill(): void {
    if (this.child !== undefined) killLaunched(this.child, this.command.walled)
  }

  private signal(name: NodeJS.Signals): void {
    if (this.pid > 0 && !this.finished) signalTo(this.pid, name)
  }

  /** What cannot be started throws, or says so later, as the system's reason may be. Whoever holds it learns it later in any case. */
  private spawned(spawn: Spawn): ChildProcess | undefined {
    const { file, args, options } = this.command
    try {
      return spawn(file, args, options)
    } catch (error) {
      setImmediate(() => this.finish(`it could not be started: ${toHitherError(error).message}`))
      return undefined
    }
  }

  private connect(): Channel {
    const { stdio, stdin, stdout } = this.child ?? {}
    const stream = stdio?.[PIPE_FD] as Duplex | null | undefined
    // Where the start itself failed there are no pipes, and `error` follows.
    if (stream === null || stream === undefined) return NOWHERE
    const filter = stdio?.[FILTER_FD] as Writable | null | undefined
    // Without a listener, the pipe's reset by a process that dies would be thrown at us.
    for (const pipe of [stdin, stdout, filter]) pipe?.on('error', () => {})
    filter?.end(this.command.filter)
    return channel({
      stream,
      bell: stdout ?? null,
      shut: true,
      alone: true,
      maxBodyBytes: WHOLE_BODY_MAX_BYTES,
      onMessage: (message) => {
        // Once: each would open files of the kernel's anew.
        if (message.type !== FRAME.ready || this.greeted) return this.events?.onMessage(message)
        this.greeted = true
        this.greet(message)
      },
      onEnd: (error) =>
        this.give(error === undefined ? undefined : `it broke the protocol: ${toHitherError(error).message}`),
    })
  }

  private greet({ head }: Message): void {
    const error = head.has('error') ? fromWire(readError(head.raw('error'))) : undefined
    this.stopWaiting()
    if (error === undefined) return void this.admit()
    this.readiness.reject(error)
    this.give('it cannot serve')
  }

  private async admit(): Promise<void> {
    const outer = this.child?.pid ?? 0
    const pid = this.command.walled ? innermost(outer) : outer
    try {
      const release = await this.launch.confine(pid)
      if (this.finished) return this.letGo(release)
      this.release = release
    } catch (error) {
      return this.give(`its limits could not be set: ${toHitherError(error).message}`)
    }
    this.pid = pid
    this.probe = probe(pid)
    this.baseBytes = this.probe.read()?.memoryBytes ?? 0
    // Only now, so that a busy machine does not starve the start: all that ran until here was our own code.
    lowestPriority(outer)
    this.readiness.resolve()
    this.pipe.open()
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
        fix: 'check that this machine has memory and processes to spare, and that Node.js 24 or newer runs here',
      }),
    )
    const { events } = this
    this.events = undefined
    this.end.resolve()
    this.probe.close()
    this.letGo(this.release)
    events?.onExit(why)
  }

  /** The kernel may hold on for a while to what a process that is gone was in. */
  private letGo(release: () => void, tries: number = RELEASES_MAX): void {
    try {
      release()
    } catch {
      if (tries > 1) this.timers.after(RELEASE_RETRY_MS, () => this.letGo(release, tries - 1))
    }
  }
}
