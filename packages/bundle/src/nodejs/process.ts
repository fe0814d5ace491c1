import { bind, native } from './internal/frame.ts'

type Listen = (event: string, listener: (...args: unknown[]) => void) => typeof process

/** What `process` can mean for a function: its variables, the order of things, and a version for whoever asks for features: the Node.js that these modules are like. */
const VERSION = '24.0.0'

/** The runtime leaves the variables of the function where only those find them who know the name. */
const variables = Reflect.get(globalThis, Symbol.for('hither.env')) as Record<string, string> | undefined
const started = performance.now()
/** Nothing happens to a function's process that it could hear of. */
const deaf: Listen = () => process
const none = (): never[] => []

export const env: Record<string, string | undefined> = { ...variables }

export function nextTick(task: (...args: unknown[]) => void, ...args: unknown[]): void {
  if (typeof task !== 'function') throw new TypeError('The "callback" argument must be of type function')
  native.queueMicrotask(bind(() => task(...args)))
}

export function cwd(): string {
  return '/'
}

export const hrtime = Object.assign(
  ([seconds, nanos]: readonly [number, number] = [0, 0]): [number, number] => {
    const now = hrtime.bigint() - BigInt(seconds) * 1_000_000_000n - BigInt(nanos)
    return [Number(now / 1_000_000_000n), Number(now % 1_000_000_000n)]
  },
  { bigint: (): bigint => BigInt(Math.round(performance.now() * 1e6)) },
)

export function uptime(): number {
  return (performance.now() - started) / 1000
}

export function memoryUsage(): Record<'rss' | 'heapTotal' | 'heapUsed' | 'external' | 'arrayBuffers', number> {
  return { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }
}

export function emitWarning(warning: string | Error, options?: string | { type?: string }): void {
  const type = typeof options === 'string' ? options : (options?.type ?? 'Warning')
  console.warn(typeof warning === 'string' ? `${type}: ${warning}` : String(warning))
}

/** A call ends with its answer, and its process is not the handler's to end. */
export function exit(code?: number): never {
  throw new Error(`process.exit(${code ?? ''}) was called: a function answers or throws, and does not end its process`)
}

const process = {
  title: 'hither',
  version: `v${VERSION}`,
  versions: { node: VERSION },
  release: { name: 'node' },
  platform: 'linux',
  arch: 'x64',
  pid: 1,
  ppid: 0,
  argv: ['node', '/handler'],
  argv0: 'node',
  execArgv: none(),
  execPath: '/node',
  exitCode: undefined as number | undefined,
  features: {},
  config: { variables: {}, target_defaults: {} },
  env,
  stdout: writer((line) => console.log(line)),
  stderr: writer((line) => console.error(line)),
  nextTick,
  cwd,
  hrtime,
  uptime,
  memoryUsage,
  emitWarning,
  exit,
  on: deaf,
  once: deaf,
  off: deaf,
  addListener: deaf,
  removeListener: deaf,
  removeAllListeners: deaf,
  prependListener: deaf,
  setMaxListeners: deaf,
  emit: () => false,
  listeners: none,
  eventNames: none,
  listenerCount: () => 0,
  umask: () => 0o22,
  getuid: () => 1000,
  getgid: () => 1000,
  getBuiltinModule: () => undefined,
}

export const {
  title,
  version,
  versions,
  platform,
  arch,
  pid,
  argv,
  argv0,
  execArgv,
  execPath,
  release,
  stdout,
  stderr,
} = process
export const { on, once, off, emit, listeners, features, getBuiltinModule } = process
export default process

/** Lines go where the console's do; what has no end of line yet waits for it. */
function writer(log: (line: string) => void): object {
  let begun = ''
  return {
    isTTY: false,
    writable: true,
    columns: 80,
    write(chunk: unknown, ...rest: unknown[]): boolean {
      const lines = (begun + (typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk as Uint8Array))).split(
        '\n',
      )
      begun = lines.pop() ?? ''
      for (const line of lines) log(line)
      const done = rest.at(-1)
      if (typeof done === 'function') nextTick(done as () => void)
      return true
    },
    on: deaf,
    once: deaf,
    removeListener: deaf,
    emit: () => false,
    end: () => undefined,
  }
}
