import { spawn } from 'node:child_process'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PolicyName } from '../options.ts'
import type { Report } from '../simulate.ts'

/** One run of the simulator, by its arguments. */
export interface Run {
  /** Names the file that its report is kept in. */
  id: string
  args: readonly string[]
}

/** What `main.ts --json` prints. */
export type Told = Partial<Report['policies']> &
  Pick<Report, 'model' | 'controlBytesPerPeerPerSecond' | 'controlBytesP99Peer' | 'wrongShare'> & {
    cost: { seconds: number; cpuSeconds: number; maxRssMb: number }
    decisionMicros?: number
  }

export interface Length {
  peers: number
  rate: number
  /** Before measuring, and measured, in seconds. */
  warmup: number
  measured: number
}

export function run(name: string, seed: number, length: Length, policies: readonly PolicyName[], more: Args = {}): Run {
  const { peers, rate, warmup, measured } = length
  const calls = Math.round(peers * rate * (warmup + measured))
  const options = { peers, rate, warmup, calls, seed, policy: policies.join(','), ...more }
  return {
    id: `${name}-${peers}x${rate}-${warmup}+${measured}s-seed${seed}`,
    args: Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
  }
}

type Args = Record<string, string | number>

/** Runs those that the folder has no report of, so many at a time. Returns all reports, by run. */
export async function reports(
  runs: readonly Run[],
  folder: string,
  jobs: number,
  tell: (line: string) => void,
): Promise<Map<string, Told>> {
  await mkdir(folder, { recursive: true })
  const found = new Map<string, Told>()
  const waiting = [...new Map(runs.map((one) => [one.id, one])).values()]
  const total = waiting.length
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const file = join(folder, `${next.id}.json`)
      const text = (await kept(file)) ?? (await simulated(next))
      const told = JSON.parse(text) as Told
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
      found.set(next.id, told)
      tell(`${found.size}/${total} ${next.id}: ${told.cost.seconds.toFixed(0)} s, ${told.cost.maxRssMb} MB`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return found
}

async function kept(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** In a process of its own, so that its memory and its time are its own too. */
async function simulated({ id, args }: Run): Promise<string> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, main, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`the run ${id} ended with ${code}: main.ts ${args.join(' ')}`)
  return Buffer.concat(pieces).toString()
}
