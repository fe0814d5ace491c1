/** What is to be reached. `of` says what is judged: the ratio to the reference, or the value itself. */
interface Bar {
  topic: string
  what: string
  unit: string
  of: 'ratio' | 'value'
  better: 'lower' | 'higher'
  bar: number
  dream: number
}

const lower = { better: 'lower' } as const
const higher = { better: 'higher' } as const

export const BARS = {
  'remote-p50-c1': {
    topic: 'calls',
    what: 'remote warm call, one at a time, against an echo on one long-lived libp2p stream',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 1.7,
    dream: 1.2,
  },
  'remote-p50-c16': {
    topic: 'calls',
    what: 'the same, 16 at once',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 1.6,
    dream: 1.2,
  },
  'remote-rate-c64': {
    topic: 'calls',
    what: 'remote calls, 64 at once, against a libp2p echo that opens a stream for each',
    unit: 'calls/s',
    of: 'ratio',
    ...higher,
    bar: 10,
    dream: 20,
  },
  'gateway-hello': {
    topic: 'gateway',
    what: 'hello over the gateway, 64 connections, against workerd',
    unit: 'requests/CPU s',
    of: 'ratio',
    ...higher,
    bar: 1,
    dream: 1.3,
  },
  'gateway-cpu-bound': {
    topic: 'gateway',
    what: 'a handler that computes, 64 connections, against workerd',
    unit: 'requests/CPU s',
    of: 'ratio',
    ...higher,
    bar: 0.9,
    dream: 1.2,
  },
  'cold-hello-booted': {
    topic: 'cold',
    what: 'cold hello, its code here, an isolate booted ahead, against workerd’s loader',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 0.5,
    dream: 0.15,
  },
  'cold-hello': {
    topic: 'cold',
    what: 'the same, none booted ahead',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 2.5,
    dream: 1.3,
  },
  'cold-hono': {
    topic: 'cold',
    what: 'cold hono + zod, code that the process remembers, an isolate booted ahead, against workerd’s loader',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 0.5,
    dream: 0.25,
  },
  'warm-rss': {
    topic: 'density',
    what: 'memory of a warm idle function (hello) over the sandbox process alone, one look',
    unit: 'MB',
    of: 'value',
    ...lower,
    bar: 7,
    dream: 4,
  },
  'small-beside-body': {
    topic: 'bodies',
    what: 'a small call while 64 MB flow between the same peers, against the same idle',
    unit: 'ms',
    of: 'ratio',
    ...lower,
    bar: 5,
    dream: 2,
  },
  'idle-cpu': {
    topic: 'idle',
    what: 'processor of an idle volunteering peer, all its processes, no function loaded, 50 peers, one look',
    unit: '% of a core',
    of: 'value',
    ...lower,
    bar: 1,
    dream: 0.3,
  },
  'idle-rss': {
    topic: 'idle',
    what: 'memory of the same, at its most',
    unit: 'MB',
    of: 'value',
    ...lower,
    bar: 180,
    dream: 150,
  },
  'deploy-over-esbuild': {
    topic: 'deploy',
    what: 'from save to callable through a running peer, a handler of one file, over esbuild alone',
    unit: 'ms more',
    of: 'value',
    ...lower,
    bar: 60,
    dream: 20,
  },
} as const satisfies Record<string, Bar>

export type FigureId = keyof typeof BARS

export function figuresOf(topic: string): FigureId[] {
  return (Object.keys(BARS) as FigureId[]).filter((id) => BARS[id].topic === topic)
}
