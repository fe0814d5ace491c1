import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Where Debian's packages come from, and how their lists are known to be Debian's. */
const MIRROR = 'http://deb.debian.org/debian'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const SUITES = ['testing', 'sid', 'stable']

/** The version whose copy of the tests the expectations were made with. */
const WANTED = '24.21.0'

const COMMAND_MAX_MS = 300_000
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024

/**
 * Node's copy of web-platform-tests out of Debian's source package of nodejs, which is a fortieth of the whole. Fetched once,
 * into the user's cache; apt's own lists are not touched. Throws an Error that says what is missing.
 */
export async function debianTests(tell: (text: string) => void): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hither', 'conformance')
  const tests = join(cache, `wpt-of-nodejs-${WANTED}`)
  if (existsSync(join(tests, 'resources/testharness.js'))) return tests
  if (!existsSync(KEYRING)) {
    throw new Error(`${KEYRING} is missing: install debian-archive-keyring, or give all tests with --wpt DIR`)
  }
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'fetching-'))
  try {
    tell(`fetching the source package of nodejs ${WANTED} from ${MIRROR} …`)
    await rename(await unpack(await download(work), work), tests)
    return tests
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function download(work: string): Promise<string> {
  const sources = SUITES.map((suite) => `deb-src [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`).join('')
  await writeFile(join(work, 'sources.list'), sources)
  await Promise.all(
    ['lists/partial', 'cache/archives/partial'].map((path) => mkdir(join(work, path), { recursive: true })),
  )
  const settings = [
    `Dir::Etc::sourcelist=${work}/sources.list`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    // The files are root's where root runs this.
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting])

  await run('apt-get', [...settings, 'update'], work)
  const known = await run('apt-cache', [...settings, 'showsrc', '--only-source', 'nodejs'], work)
  const versions = [...known.matchAll(/^Version: (.*)$/gm)].map(([, version = '']) => version)
  const version = versions.find((one) => one.startsWith(WANTED))
  if (version === undefined) {
    const there = versions.length === 0 ? 'no source package of nodejs' : `only ${versions.join(', ')}`
    throw new Error(`Debian has ${there}, not ${WANTED}: give all tests with --wpt DIR`)
  }
  await run('apt-get', [...settings, 'source', '--download-only', '--tar-only', `nodejs=${version}`], work)
  const archive = (await readdir(work)).find((name) => name.endsWith('.orig.tar.xz'))
  if (archive === undefined) throw new Error(`apt-get source brought no .orig.tar.xz of nodejs ${version}`)
  return join(work, archive)
}

async function unpack(archive: string, work: string): Promise<string> {
  const into = join(work, 'wpt')
  await mkdir(into)
  const only = ['--strip-components=4', '--wildcards', '*/test/fixtures/wpt/*']
  await run('tar', ['-xJf', archive, '-C', into, ...only], work)
  return into
}

async function run(command: string, args: string[], cwd: string): Promise<string> {
  const options = { cwd, timeout: COMMAND_MAX_MS, maxBuffer: OUTPUT_MAX_BYTES, env: { ...process.env, LC_ALL: 'C' } }
  try {
    return (await promisify(execFile)(command, args, options)).stdout
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') {
      throw new Error(`${command} is missing: the tests come by apt, from Debian. Or give all of them with --wpt DIR`, {
        cause: error,
      })
    }
    const complaint = stderr.split('\n').find((line) => line.startsWith('E:')) ?? stderr.trim()
    throw new Error(`${command} ${args.at(-1)} failed: ${complaint}`, { cause: error })
  }
}
