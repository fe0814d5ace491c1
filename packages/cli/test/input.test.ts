import { execFile } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isWhole, leave, readWhole, WHOLE_BODY_MAX_BYTES } from '@hither/core'
import { expect, onTestFinished, test } from 'vitest'
import { fileBody, INPUT_MAX_BYTES, readFileWithin, readWithin } from '../src/input.ts'

async function file(content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hither-input-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'file'), content)
  return join(folder, 'file')
}

/** How often this process has it open. */
function openHere(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => targetOf(`/proc/self/fd/${fd}`) === path).length
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    // That of looking is gone by now.
    return undefined
  }
}

const usage = expect.objectContaining({ code: 'usage' })

test('only a short file, which says how long it is, is held as a body', async () => {
  const short = await fileBody(await file('abc'))
  expect(new TextDecoder().decode(short as Uint8Array)).toBe('abc')
  for (const path of [await file(''), await file(new Uint8Array(WHOLE_BODY_MAX_BYTES + 1)), '/dev/zero']) {
    const body = await fileBody(path)
    expect(isWhole(body), path).toBe(false)
    await leave(body)
    await expect.poll(() => openHere(path)).toBe(0)
  }
  expect(await readWhole(await fileBody(await file('')))).toEqual(new Uint8Array(0))
  await expect(fileBody('/')).rejects.toThrow(usage)
  await expect(fileBody('/none')).rejects.toThrow(usage)
})

test('what is left while its next piece is waited for ends without an error', async () => {
  const pipe = join(await mkdtemp(join(tmpdir(), 'hither-input-')), 'pipe')
  onTestFinished(() => rm(dirname(pipe), { recursive: true }))
  await promisify(execFile)('mkfifo', [pipe])
  // Else it would be at its end before it began.
  const writer = await open(pipe, 'r+')
  onTestFinished(() => writer.close())
  const pieces = ((await fileBody(pipe)) as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  await writer.write('a')
  expect(await pieces.next()).toMatchObject({ done: false, value: Buffer.from('a') })
  const next = pieces.next()
  await pieces.return?.()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('what is read whole has an end', async () => {
  await expect(readFileWithin('/dev/zero')).rejects.toThrow(usage)
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1024)
  }
  await expect(readWithin(endless(), 'the value of KEY')).rejects.toMatchObject({
    code: 'usage',
    message: 'the value of KEY is too long',
  })
  const most = new Uint8Array(INPUT_MAX_BYTES)
  expect((await readFileWithin(await file(most))).length).toBe(most.length)
})
