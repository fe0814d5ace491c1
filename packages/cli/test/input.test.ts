import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
