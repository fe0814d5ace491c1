import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/fn.js', import.meta.url))

interface DevEvent {
  type: string
  [field: string]: unknown
}

/** A folder with a handler's files, and `fn dev` serving it; both are gone after the test. */
export interface Workshop {
  url: string
  save(path: string, text: string): Promise<void>
  /** The next event of a type; those before it are passed over. */
  next(type: string): Promise<DevEvent>
  /** Ends it as Ctrl-C does; gives the exit code. */
  end(): Promise<number>
}

export async function workshop(files: Record<string, string>): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-dev-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const save = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  for (const [path, text] of Object.entries(files)) await save(path, text)

  const child = spawn(process.execPath, [BIN, 'dev', '--json', '--port', '0'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await closed
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (type: string): Promise<DevEvent> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`fn dev ended before "${type}": ${stderr}`)
      const event = JSON.parse(value) as DevEvent
      if (event.type === type) return event
    }
  }
  const { url } = await next('ready')
  return {
    url: String(url),
    save,
    next,
    async end() {
      child.kill('SIGINT')
      const [code] = (await closed) as [number]
      return code
    },
  }
}
