import { mkdir, rename, writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'

/**
 * Loaded into a process before it starts (`--import`), has it profiled from one SIGUSR2 to the next, after which the profile stands in the
 * folder PROFILE_DIR, whole from the moment at which it has its name.
 */

/** Between two samples: finer ones cost what they measure. */
const SAMPLE_US = 500

let session: Session | undefined

async function start(): Promise<Session> {
  const started = new Session()
  started.connect()
  await started.post('Profiler.enable')
  await started.post('Profiler.setSamplingInterval', { interval: SAMPLE_US })
  await started.post('Profiler.start')
  return started
}

async function toggle(folder: string): Promise<void> {
  if (session === undefined) session = await start()
  else await stop(session, folder)
}

async function stop(started: Session, folder: string): Promise<void> {
  const { profile } = await started.post('Profiler.stop')
  started.disconnect()
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${process.pid}.cpuprofile`)
  await writeFile(`${file}.part`, JSON.stringify(profile))
  await rename(`${file}.part`, file)
}

const { PROFILE_DIR } = process.env
if (PROFILE_DIR !== undefined) {
  process.on('SIGUSR2', () => void toggle(PROFILE_DIR))
}
