import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { execFileSync, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { install, uninstall, unitPath } from '../src/service/service.ts'
import { UNIT_MARK, unitText } from '../src/service/unit.ts'

const unit = { command: ['/opt/my node', '/x/fn.js', 'up', '--volunteer'], env: { HITHER_HOME: '/h/100%' } }

/** A folder for units, and a systemctl that notes what it is asked. */
async function fakeSystemd(exitCode = 0): Promise<{ asked: () => Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-service-'))
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })
  const [program, log] = [join(folder, 'systemctl'), join(folder, 'log')]
  await writeFile(program, `#!/bin/sh\necho "$@" >> '${log}'\necho 'no bus' >&2\nexit ${exitCode}\n`)
  await chmod(program, 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
  vi.stubEnv('XDG_CONFIG_HOME', folder)
  return { asked: async () => (await readFile(log, 'utf8')).trim().split('\n') }
}

test('the unit is written, started, and removed again', async () => {
  const { asked } = await fakeSystemd()
  expect((await install(unit)).path).toBe(unitPath())
  expect(await readFile(unitPath(), 'utf8')).toBe(unitText(unit))
  await install(unit)
  expect(await uninstall()).toBe(true)
  expect(await uninstall()).toBe(false)
  expect((await asked()).at(-2)).toBe('--user disable --now hither.service')
  await expect(readFile(unitPath())).rejects.toThrow('ENOENT')
})

test('paths with spaces and percent signs stay what they are', () => {
  expect(unitText(unit)).toContain('ExecStart="/opt/my node" "/x/fn.js" "up" "--volunteer"\n')
  expect(unitText(unit)).toContain('Environment="HITHER_HOME=/h/100%%"\n')
})

test('a unit of somebody else stays as it is', async () => {
  await fakeSystemd()
  await mkdir(dirname(unitPath()), { recursive: true })
  await writeFile(unitPath(), '[Unit]\n')
  await expect(install(unit)).rejects.toMatchObject({ code: 'bad-config' })
  await expect(uninstall()).rejects.toMatchObject({ code: 'bad-config' })
  expect(await readFile(unitPath(), 'utf8')).toBe('[Unit]\n')
  expect(UNIT_MARK).toContain('fn up --install')
})

test('where no systemd answers nothing is written', async () => {
  await fakeSystemd(1)
  await expect(install(unit)).rejects.toMatchObject({ code: 'unsupported', why: expect.stringContaining('no bus') })
  await expect(readFile(unitPath())).rejects.toThrow('ENOENT')
})

test.skipIf(!hasAnalyze())('systemd reads the unit without complaint', async () => {
  await fakeSystemd()
  const path = join(dirname(dirname(dirname(unitPath()))), 'hither.service')
  await writeFile(path, unitText({ ...unit, command: [process.execPath, 'up'] }))
  const env = { ...process.env, XDG_RUNTIME_DIR: dirname(path) }
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', path], { env, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

function hasAnalyze(): boolean {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
